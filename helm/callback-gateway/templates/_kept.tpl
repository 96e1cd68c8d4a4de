{{/* What only the cluster knows: `lookup` finds nothing where helm does not ask it (`helm template`,
     Argo CD), and the chart then renders what it would on an empty cluster. */}}

{{/* Whether the count of pods is somebody else's. */}}
{{- define "callback-gateway.scaledElsewhere" -}}
{{- if or .Values.autoscaling.enabled (kindIs "invalid" .Values.replicaCount) }}true{{ end }}
{{- end }}

{{/* The count of pods that the Deployment names; empty: none. A count that the last release named and
     this one would leave out falls to 1, so the one that stands goes on being named. */}}
{{- define "callback-gateway.replicas" -}}
{{- if not (include "callback-gateway.scaledElsewhere" .) -}}
{{ .Values.replicaCount }}
{{- else -}}
{{- $full := include "callback-gateway.fullname" . -}}
{{- with lookup "apps/v1" "Deployment" .Release.Namespace $full -}}
{{- $named := dig "metadata" "annotations" "callback-gateway/replicas" "" . -}}
{{- if not $named -}}{{/* chart 0.1.0: it named none where it had made an autoscaler */}}
{{- $named = ternary "no" "yes" (not (empty (lookup "autoscaling/v2" "HorizontalPodAutoscaler" $.Release.Namespace $full))) -}}
{{- end -}}
{{- if eq $named "yes" -}}
{{- $standing := dig "spec" "replicas" 1 . | int -}}
{{ ternary $.Values.autoscaling.minReplicas $standing (and (eq $standing 0) $.Values.autoscaling.enabled) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The Secrets and the ConfigMap of earlier releases that a ReplicaSet still names, as manifests:
     without them its pods could not start again, nor a rollback. */}}
{{- define "callback-gateway.kept" -}}
{{- $now := list (include "callback-gateway.ownSecret" (list . false)) (include "callback-gateway.ownSecret" (list . true)) -}}
{{- $named := list -}}
{{- range (lookup "apps/v1" "ReplicaSet" .Release.Namespace "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- if and (eq (get $labels "app.kubernetes.io/instance") $.Release.Name) (eq (get $labels "app.kubernetes.io/component") "gateway") }}
{{- range .spec.template.spec.volumes }}{{ range dig "projected" "sources" list . }}
{{- with dig "secret" "name" "" . }}{{ $named = append $named (list "Secret" .) }}{{ end }}
{{- end }}{{ end }}
{{- range .spec.template.spec.containers }}{{ range .envFrom }}
{{- with dig "configMapRef" "name" "" . }}{{ $named = append $named (list "ConfigMap" .) }}{{ end }}
{{- end }}{{ end }}
{{- end }}
{{- end }}
{{- range uniq $named }}
{{- $kind := first . }}{{ $name := last . }}
{{- if not (has $name $now) }}
{{- with lookup "v1" $kind $.Release.Namespace $name }}
{{- if eq (dig "metadata" "annotations" "meta.helm.sh/release-name" "" .) $.Release.Name }}
---
apiVersion: v1
kind: {{ $kind }}
metadata:
  name: {{ $name | quote }}
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    {{- toYaml .metadata.labels | nindent 4 }}
{{- with .type }}
type: {{ . }}
{{- end }}
{{- if .immutable }}
immutable: true
{{- end }}
data:
  {{- toYaml .data | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
