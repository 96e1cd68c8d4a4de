{{/* Ports as JSON, each once: (list port…) */}}
{{- define "callback-gateway.ports" -}}
{{- $ports := list -}}
{{- range . }}{{ $ports = append $ports (dict "port" (int .)) }}{{ end -}}
{{- uniq $ports | toJson -}}
{{- end }}

{{/* A rule out: (list ports peers); no peers: anywhere. */}}
{{- define "callback-gateway.egressRule" -}}
- ports: {{ include "callback-gateway.ports" (index . 0) }}
{{- with index . 1 }}
  to:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{- define "callback-gateway.hasProxy" -}}
{{- with .Values.egress.proxy }}{{ if or .existingSecret .file .url }}true{{ end }}{{ end }}
{{- end }}

{{/* Rules to Fonolo and the CAPTCHA's provider: through the proxy, or straight. */}}
{{- define "callback-gateway.egress.https" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if include "callback-gateway.hasProxy" . }}
{{- $url := .Values.egress.proxy.url }}
{{- $port := 3128 }}{{ if $url }}{{ $port = include "callback-gateway.port" $url }}{{ end }}
{{ include "callback-gateway.egressRule" (list ($policy.proxyPorts | default (list $port)) $policy.proxyTo) }}
{{- else }}
{{- $fonolo := ternary list ($policy.fonoloPorts | default (list (include "callback-gateway.port" (include "callback-gateway.baseUrl" .)))) .Values.simulator.enabled }}
{{- $https := ternary list (list (include "callback-gateway.port" (.Values.env.CAPTCHA_VERIFY_URL | default ""))) (empty .Values.env.CAPTCHA_PROVIDER) }}
{{- if $policy.fonoloTo }}
{{- with $fonolo }}
{{ include "callback-gateway.egressRule" (list . $policy.fonoloTo) }}
{{- end }}
{{- else }}
{{- $https = concat $fonolo $https }}
{{- end }}
{{- with $https }}
{{ include "callback-gateway.egressRule" (list . $policy.httpsTo) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Every port of every host in the store's URL; where the chart cannot see it, the usual ones. */}}
{{- define "callback-gateway.egress.store" -}}
{{- if include "callback-gateway.hasStore" . }}
{{- $redis := .Values.redis }}{{ $ports := list -}}
{{- if $redis.host }}
{{- $ports = list $redis.port }}
{{- else if $redis.url }}
{{- $sentinel := contains "+sentinel:" $redis.url }}
{{- $hosts := regexReplaceAll "[/?].*$" (splitList "://" $redis.url | last) "" | splitList "@" | last }}
{{- range splitList "," $hosts }}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default (ternary "26379" "6379" $sentinel)) }}
{{- end }}
{{- if $sentinel }}{{ $ports = append $ports 6379 }}{{ end }}
{{- else }}
{{- $ports = list 6379 26379 }}
{{- end }}
{{ include "callback-gateway.egressRule" (list (concat $ports .Values.networkPolicy.redisPorts) .Values.networkPolicy.redisTo) }}
{{- end }}
{{- end }}

{{/* The collector of traces; one in the same pod needs no rule. */}}
{{- define "callback-gateway.egress.otlp" -}}
{{- $policy := .Values.networkPolicy }}{{ $ports := $policy.otlpPorts -}}
{{- if not $ports }}
{{- range .Values.extraEnv }}
{{- if and (regexMatch "^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$" .name) (not (regexMatch "^http://(localhost|127[.]|\\[::1\\])" (.value | default ""))) }}
{{- $port := 4318 }}{{ with .value }}{{ $port = include "callback-gateway.port" . }}{{ end }}
{{- $ports = append $ports $port }}
{{- end }}
{{- end }}
{{- end }}
{{- with $ports }}
{{ include "callback-gateway.egressRule" (list . $policy.otlpTo) }}
{{- end }}
{{- end }}
