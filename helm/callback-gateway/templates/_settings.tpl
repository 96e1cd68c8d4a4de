{{/* The settings that are no secret, as YAML: name -> text. They stand in the pod's template, so that
     an old ReplicaSet, and a rollback, keep those that they were made with. */}}
{{- define "callback-gateway.settings" -}}
{{- $settings := dict "CALLBACK_PROFILES" (include "callback-gateway.pairs" .) -}}
{{- range $name, $value := .Values.env }}
{{- $_ := set $settings $name (include "callback-gateway.text" (list $ $name $value)) }}
{{- end }}
{{- with include "callback-gateway.baseUrl" . }}{{ $_ := set $settings "FONOLO_BASE_URL" . }}{{ end }}
{{- with .Values.fonolo.timezone }}{{ $_ := set $settings "FONOLO_TIMEZONE" (include "callback-gateway.string" (list $ .)) }}{{ end }}
{{- if .Values.simulator.enabled }}{{ $_ := set $settings "FONOLO_ALLOW_HTTP" "true" }}{{ end }}
{{- toYaml $settings }}
{{- end }}

{{/* The same as a container's environment. The kubelet would read $(NAME) as another variable. */}}
{{- define "callback-gateway.env" -}}
{{- range $name, $value := include "callback-gateway.settings" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | replace "$(" "$$(" | quote }}
{{- end }}
{{- end }}

{{/* The profiles as the gateway reads them: alias=CP…,alias=CP… */}}
{{- define "callback-gateway.pairs" -}}
{{- $pairs := list -}}
{{- range $alias, $sid := include "callback-gateway.profiles" . | fromYaml }}
{{- $pairs = append $pairs (printf "%s=%s" $alias $sid) }}
{{- end -}}
{{- join "," $pairs -}}
{{- end }}

{{/* A value as the gateway reads it: YAML makes booleans of `on` and `off`, floats of numbers:
     (list $ name value) */}}
{{- define "callback-gateway.text" -}}
{{- $value := index . 2 -}}
{{- if and (kindIs "bool" $value) (has (index . 1) (list "STARTS" "PUBLIC_PAGE" "WAIT_ESTIMATE")) -}}
{{ ternary "on" "off" $value }}
{{- else if and (kindIs "float64" $value) (eq (floor $value) $value) -}}
{{ int64 $value }}
{{- else -}}
{{ include "callback-gateway.string" (list (index . 0) $value) }}
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
{{ include "callback-gateway.string" (list . .Values.fonolo.baseUrl) }}
{{- end }}
{{- end }}

{{/* The simulator's public credentials, and a secret for handles that lead to no real phone. */}}
{{- define "callback-gateway.fonolo" -}}
{{- if .Values.simulator.enabled -}}
{{- $handleSecret := printf "simulator of %s in %s" .Release.Name .Release.Namespace | sha256sum -}}
{{- dict "accountSid" (printf "AC%s" (repeat 32 "0")) "authToken" (repeat 64 "0") "keys" dict "files" dict
    "handleSecret" (.Values.fonolo.handleSecret | default $handleSecret) | toYaml }}
{{- else -}}
{{- toYaml .Values.fonolo }}
{{- end }}
{{- end }}

{{- define "callback-gateway.hasStore" -}}
{{- with .Values.redis }}{{ if or .existingSecret .file .url .host }}true{{ end }}{{ end }}
{{- end }}

{{/* The URL of `redis.host`, less its password. */}}
{{- define "callback-gateway.redisUrl" -}}
{{- with .Values.redis -}}
{{- $host := include "callback-gateway.string" (list $ .host) -}}
{{- $user := ternary (printf "%s@" .username) "" (not (empty .username)) -}}
{{ ternary "rediss" "redis" .tls }}://{{ $user }}{{ ternary (printf "[%s]" $host) $host (contains ":" $host) }}:{{ int .port }}/{{ int .database }}
{{- end -}}
{{- end }}

{{/* gunicorn's graceful_timeout, computed as the gateway's server does: 5 s for a start's own reads,
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
