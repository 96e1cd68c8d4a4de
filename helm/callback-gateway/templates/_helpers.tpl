{{/* A release's own name: a DNS label of at most 53 characters, so that "-simulator" still fits into 63. */}}
{{- define "callback-gateway.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- $full := ternary $release (printf "%s-%s" $release $name) (contains $name $release) -}}
{{- if regexMatch "^[0-9]" $full }}{{ $full = printf "%s-%s" $name $release }}{{ end -}}
{{- default $full .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{/* A value as YAML, the templates in it carried out: (list $ value) */}}
{{- define "callback-gateway.yaml" -}}
{{- $text := toYaml (index . 1) -}}
{{- if contains "{{" $text }}{{ $text = tpl $text (index . 0) }}{{ end -}}
{{- $text -}}
{{- end }}

{{/* A text, the templates in it carried out: (list $ text) */}}
{{- define "callback-gateway.string" -}}
{{- $text := index . 1 | toString -}}
{{- if contains "{{" $text }}{{ $text = tpl $text (index . 0) }}{{ end -}}
{{- $text -}}
{{- end }}

{{/* The labels by which Services, budgets and policies find pods: (list $ component) */}}
{{- define "callback-gateway.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 | quote }}
{{- end }}

{{/* The labels of a pod, later ones over earlier ones: (list $ component more…). Not the chart's
     version: a new chart with the same pods must not replace them. */}}
{{- define "callback-gateway.podLabels" -}}
{{- $root := index . 0 -}}
{{- $labels := dict
  "app.kubernetes.io/version" ($root.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- range rest (rest .) }}{{ $labels = mergeOverwrite $labels (include "callback-gateway.yaml" (list $root .) | fromYaml) }}{{ end -}}
{{- $common := include "callback-gateway.yaml" (list $root $root.Values.commonLabels) | fromYaml -}}
{{- $selector := include "callback-gateway.selector" . | fromYaml -}}
{{- toYaml (mergeOverwrite $labels $common $selector) }}
{{- end }}

{{/* All labels of an object, as those of a pod. */}}
{{- define "callback-gateway.labels" -}}
{{- $root := index . 0 -}}
{{- $chart := printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 -}}
{{- toYaml (mergeOverwrite (dict "helm.sh/chart" $chart) (include "callback-gateway.podLabels" . | fromYaml)) }}
{{- end }}

{{/* Name, namespace and labels; what is no gateway has its component in its name: (list $ component more…) */}}
{{- define "callback-gateway.metadata" -}}
{{- $root := index . 0 -}}
{{- $full := include "callback-gateway.fullname" $root -}}
name: {{ ternary $full (printf "%s-%s" $full (index . 1)) (eq (index . 1) "gateway") | quote }}
namespace: {{ $root.Release.Namespace | quote }}
labels:
  {{- include "callback-gateway.labels" . | nindent 2 }}
{{- end }}

{{/* Annotations, where there are any: (list $ annotations) */}}
{{- define "callback-gateway.annotations" -}}
{{- with index . 1 }}
annotations:
  {{- include "callback-gateway.yaml" (list (index $ 0) .) | nindent 2 }}
{{- end }}
{{- end }}

{{- define "callback-gateway.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "callback-gateway.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end }}

{{/* An image's whole name: (list $ image). A global registry takes the place of the repository's own. */}}
{{- define "callback-gateway.image" -}}
{{- $image := index . 1 -}}
{{- $repository := $image.repository -}}
{{- with (index . 0).Values.global.imageRegistry -}}
{{- $repository = regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "" | printf "%s/%s" (trimSuffix "/" .) -}}
{{- end -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest | quote }}
{{- else -}}
{{ printf "%s:%s" $repository ($image.tag | default (index . 0).Chart.AppVersion) | quote }}
{{- end }}
{{- end }}

{{/* What every pod has: restricted, without rights, wherever the values put it. */}}
{{- define "callback-gateway.pod" -}}
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with concat .Values.image.pullSecrets .Values.global.imagePullSecrets | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $name := list "nodeSelector" "tolerations" "dnsConfig" "hostAliases" }}
{{- with get $.Values $name }}
{{ $name }}:
  {{- include "callback-gateway.yaml" (list $ .) | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a Service says of IPv4 and IPv6. */}}
{{- define "callback-gateway.ipFamilies" -}}
{{- with .Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.service.ipFamilies }}
ipFamilies: {{ toJson . }}
{{- end }}
{{- end }}

{{/* The port of an http or https URL. */}}
{{- define "callback-gateway.port" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- end }}

{{/* Where the gateway is published: the path that a proxy has before it, or the whole host. */}}
{{- define "callback-gateway.path" -}}
{{- include "callback-gateway.string" (list . (.Values.env.BASE_PATH | default "")) | default "/" -}}
{{- end }}
