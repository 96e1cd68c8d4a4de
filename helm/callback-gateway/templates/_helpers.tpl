{{/* A release's own name. At most 53 characters, so that "-simulator" still fits into 63. */}}
{{- define "callback-gateway.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{/* The labels by which Services, budgets and policies find pods: (list $ component) */}}
{{- define "callback-gateway.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* All labels of an object, later ones over earlier ones: (list $ component more…) */}}
{{- define "callback-gateway.labels" -}}
{{- $root := index . 0 -}}
{{- $labels := dict
  "app.kubernetes.io/version" ($root.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- range rest (rest .) }}{{ $labels = mergeOverwrite $labels (deepCopy .) }}{{ end -}}
{{- $selector := include "callback-gateway.selector" . | fromYaml -}}
{{- toYaml (mergeOverwrite $labels (deepCopy $root.Values.commonLabels) $selector) }}
{{- end }}

{{/* Name, namespace and labels; what is no gateway has its component in its name: (list $ component more…) */}}
{{- define "callback-gateway.metadata" -}}
{{- $root := index . 0 -}}
{{- $full := include "callback-gateway.fullname" $root -}}
name: {{ ternary $full (printf "%s-%s" $full (index . 1)) (eq (index . 1) "gateway") }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "callback-gateway.labels" . | nindent 2 }}
{{- end }}

{{- define "callback-gateway.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "callback-gateway.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end }}

{{/* An image's whole name: (list $ image) */}}
{{- define "callback-gateway.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* What every pod has: restricted, without rights, wherever the values put it. */}}
{{- define "callback-gateway.pod" -}}
serviceAccountName: {{ include "callback-gateway.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The port of an http or https URL. */}}
{{- define "callback-gateway.port" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- end }}
