{{/* The settings that are no secret, as YAML: name -> text. They go into the ConfigMap. */}}
{{- define "callback-gateway.settings" -}}
{{- $settings := dict "CALLBACK_PROFILES" (include "callback-gateway.pairs" .) -}}
{{- range $name, $value := .Values.env }}
{{- $_ := set $settings $name (include "callback-gateway.text" (list $name $value)) }}
{{- end }}
{{- with include "callback-gateway.baseUrl" . }}{{ $_ := set $settings "FONOLO_BASE_URL" . }}{{ end }}
{{- with .Values.fonolo.timezone }}{{ $_ := set $settings "FONOLO_TIMEZONE" . }}{{ end }}
{{- if .Values.simulator.enabled }}{{ $_ := set $settings "FONOLO_ALLOW_HTTP" "true" }}{{ end }}
{{- toYaml $settings }}
{{- end }}

{{/* The profiles as the gateway reads them: alias=CP…,alias=CP… */}}
{{- define "callback-gateway.pairs" -}}
{{- $pairs := list -}}
{{- range $alias, $sid := include "callback-gateway.profiles" . | fromYaml }}
{{- $pairs = append $pairs (printf "%s=%s" $alias $sid) }}
{{- end -}}
{{- join "," $pairs -}}
{{- end }}

{{/* A value as the gateway reads it: YAML makes booleans of `on` and `off`, floats of numbers. */}}
{{- define "callback-gateway.text" -}}
{{- $value := index . 1 -}}
{{- if and (eq (index . 0) "STARTS") (kindIs "bool" $value) -}}
{{ ternary "on" "off" $value }}
{{- else if kindIs "float64" $value -}}
{{ int64 $value }}
{{- else -}}
{{ $value }}
{{- end }}
{{- end }}

{{/* The simulator has its document's first profile. */}}
{{- define "callback-gateway.profiles" -}}
{{- $simulated := dict "default" "CP7d119e82f008db77bb97f9ace2d7de96" -}}
{{- toYaml (ternary $simulated .Values.profiles (and .Values.simulator.enabled (empty .Values.profiles))) }}
{{- end }}

{{- define "callback-gateway.baseUrl" -}}
{{- if .Values.simulator.enabled -}}
http://{{ include "callback-gateway.fullname" . }}-simulator:9000/3.0/
{{- else -}}
{{ .Values.fonolo.baseUrl }}
{{- end }}
{{- end }}

{{/* The simulator's public credentials, and a secret for handles that lead to no real phone. */}}
{{- define "callback-gateway.fonolo" -}}
{{- if .Values.simulator.enabled -}}
{{- $handleSecret := printf "simulator of %s in %s" .Release.Name .Release.Namespace | sha256sum -}}
{{- dict "accountSid" (printf "AC%s" (repeat 32 "0")) "authToken" (repeat 64 "0")
    "handleSecret" (.Values.fonolo.handleSecret | default $handleSecret) | toYaml }}
{{- else -}}
{{- toYaml .Values.fonolo }}
{{- end }}
{{- end }}

{{/* Every secret setting that is given, as YAML: the file it is mounted as, the Secret and the key
     it comes from, and its value when the Secret is the chart's own. */}}
{{- define "callback-gateway.secrets" -}}
{{- $own := include "callback-gateway.fullname" . -}}
{{- $fonolo := include "callback-gateway.fonolo" . | fromYaml -}}
{{- range list
  (list "FONOLO_ACCOUNT_SID" "account-sid" $fonolo.existingSecret "account-sid" $fonolo.accountSid)
  (list "FONOLO_AUTH_TOKEN" "auth-token" $fonolo.existingSecret "auth-token" $fonolo.authToken)
  (list "HANDLE_SECRET" "handle-secret" $fonolo.existingSecret "handle-secret" $fonolo.handleSecret)
  (list "REDIS_URL" "redis-url" .Values.redis.existingSecret "url" .Values.redis.url)
  (list "STORE_SECRET" "store-secret" .Values.storeSecret.existingSecret "store-secret" .Values.storeSecret.value)
  (list "CAPTCHA_SECRET" "captcha-secret" .Values.captcha.existingSecret "secret" .Values.captcha.secret) }}
{{- $file := index . 1 }}{{ $existing := index . 2 }}{{ $value := index . 4 }}
{{- if or $existing $value }}
{{ index . 0 }}:
  file: {{ $file }}
  secret: {{ $existing | default $own }}
  key: {{ ternary (index . 3) $file (not (empty $existing)) }}
  value: {{ ternary "" $value (not (empty $existing)) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The data of the chart's own Secret, as YAML; empty when every Secret is yours. */}}
{{- define "callback-gateway.ownSecrets" -}}
{{- range include "callback-gateway.secrets" . | fromYaml }}
{{- if .value }}
{{ .file }}: {{ .value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.hasStore" -}}
{{- if or .Values.redis.existingSecret .Values.redis.url }}true{{ end }}
{{- end }}

{{/* gunicorn's graceful_timeout, computed as service/server/options.py does: 5 s for a start's own reads,
     connect and read, 2 s more. */}}
{{- define "callback-gateway.drainSeconds" -}}
{{- $seconds := 5.0 -}}
{{- range splitList "," (.Values.env.FONOLO_TIMEOUT | default "3.05,10") }}
{{- $seconds = addf $seconds (trim . | float64) -}}
{{- end -}}
{{- add (ceil $seconds) 2 -}}
{{- end }}

{{/* What a pod needs to stop: it goes on, drains, and its server ends (3 s). */}}
{{- define "callback-gateway.stopSeconds" -}}
{{- add .Values.preStopSeconds (include "callback-gateway.drainSeconds" .) 3 -}}
{{- end }}
