{{/* Refuse what cannot work, every fault at once, each with its remedy. */}}
{{- define "callback-gateway.refuse" -}}
{{- $faults := list -}}
{{- range list "credentials" "twice" "store" "captcha" "settings" "names" "stopping" "scaling" "outside" "network" -}}
{{- range include (printf "callback-gateway.refuse.%s" .) $ | splitList "\n" -}}
{{- with trim . }}{{ $faults = append $faults . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- with $faults }}{{ fail (join "\n" . | printf "\n%s") }}{{ end -}}
{{- end }}

{{- define "callback-gateway.refuse.credentials" -}}
{{- $fonolo := .Values.fonolo -}}
{{- $given := list -}}
{{- range list "existingSecret" "accountSid" "authToken" "baseUrl" }}
{{- if get $fonolo . }}{{ $given = append $given (printf "fonolo.%s" .) }}{{ end }}
{{- end }}
{{- $inline := or $fonolo.accountSid $fonolo.authToken $fonolo.handleSecret -}}
{{- $files := or $fonolo.files.accountSid $fonolo.files.authToken $fonolo.files.handleSecret -}}
{{- if .Values.simulator.enabled }}
{{- with $given }}
simulator.enabled: the simulator has credentials and a URL of its own; leave out {{ join ", " . }}, or set simulator.enabled=false to reach the real Fonolo.
{{- end }}
{{- else }}
{{- if and $fonolo.existingSecret $inline }}
fonolo: given twice; leave out either fonolo.existingSecret or fonolo.accountSid, fonolo.authToken and fonolo.handleSecret.
{{- else if not $fonolo.existingSecret }}
{{- range $name := list "accountSid" "authToken" "handleSecret" }}
{{- if not (or (get $fonolo $name) (get $fonolo.files $name)) }}
fonolo.{{ $name }}: credentials are missing; name a Secret with the keys account-sid, auth-token and handle-secret in fonolo.existingSecret, or set fonolo.{{ $name }} (or simulator.enabled=true, to try it without an account).
{{- end }}
{{- end }}
{{- end }}
{{- if not .Values.profiles }}
profiles: at least one is needed; set profiles.default to the SID (CP…) of a call-back profile of your account.
{{- end }}
{{- if and (hasPrefix "http:" $fonolo.baseUrl) (ne (toString .Values.env.FONOLO_ALLOW_HTTP) "true") (not (regexMatch "^http://(localhost|127[.][0-9.]+|\\[::1\\])(:|/|$)" $fonolo.baseUrl)) }}
fonolo.baseUrl: plain http would show the credentials to the network; use https, or set env.FONOLO_ALLOW_HTTP=true.
{{- end }}
{{- end }}
{{- range $name, $secrets := dict "fonolo.handleSecret" $fonolo.handleSecret "storeSecret.value" .Values.storeSecret.value "identity.secret" .Values.identity.secret }}
{{- range splitList "," $secrets }}
{{- if and (trim .) (lt (trim . | len) 32) }}
{{ $name }}: 32 characters or more are needed; make one with: openssl rand -hex 32
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Each thing that comes as a file may come from one place. */}}
{{- define "callback-gateway.refuse.twice" -}}
{{- $values := .Values -}}
{{- range $group, $names := dict
  "redis" (list "existingSecret" "file" "url")
  "storeSecret" (list "existingSecret" "file" "value")
  "captcha" (list "existingSecret" "file" "secret")
  "numbersBlocked" (list "existingSecret" "file" "numbers")
  "egress.proxy" (list "existingSecret" "file" "url")
  "egress.ca" (list "existingConfigMap" "existingSecret" "file" "pem") }}
{{- $from := $values }}{{ range splitList "." $group }}{{ $from = get $from . }}{{ end }}
{{- $given := list }}
{{- range $names }}{{ if get $from . }}{{ $given = append $given (printf "%s.%s" $group .) }}{{ end }}{{ end }}
{{- if gt (len $given) 1 }}
{{ $group }}: given twice; leave out either {{ join " or " $given }}.
{{- end }}
{{- end }}
{{- if and $values.redis.host (or $values.redis.url $values.redis.file) }}
redis.host: given twice; leave out either redis.host or redis.url and redis.file.
{{- end }}
{{- range $name := list "accountSid" "authToken" "handleSecret" }}
{{- if and (get $values.fonolo.files $name) (or $values.fonolo.existingSecret (get $values.fonolo $name)) }}
fonolo.files.{{ $name }}: given twice; leave out either it or fonolo.existingSecret and fonolo.{{ $name }}.
{{- end }}
{{- end }}
{{- range $name := list "secret" "jwks" }}
{{- $key := get $values.identity.keys $name }}
{{- if gt (without (list (get $values.identity $name) (get $values.identity.files $name) (and $values.identity.existingSecret $key)) "" nil | len) 1 }}
identity.{{ $name }}: given twice; leave out all but one of identity.{{ $name }}, identity.files.{{ $name }} and identity.keys.{{ $name }}.
{{- end }}
{{- end }}
{{- if and $values.identity.existingSecret (not (or $values.identity.keys.secret $values.identity.keys.jwks)) }}
identity.keys: say which key of identity.existingSecret holds what; set identity.keys.secret or identity.keys.jwks.
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.store" -}}
{{- $remedy := "set redis.existingSecret to a Secret with the key url, or set redis.url or redis.host" -}}
{{- if not (include "callback-gateway.hasStore" .) }}
{{- if .Values.autoscaling.enabled }}
autoscaling.enabled: replicas without a shared store would each count limits and rings alone; {{ $remedy }}, or autoscaling.enabled=false.
{{- else if kindIs "invalid" .Values.replicaCount }}
replicaCount: null lets something else scale it, and replicas without a shared store would each count limits and rings alone; {{ $remedy }}, or replicaCount=1.
{{- else if gt (int .Values.replicaCount) 1 }}
replicaCount: {{ .Values.replicaCount }} replicas without a shared store would each count limits and rings alone; {{ $remedy }}, or replicaCount=1.
{{- end }}
{{- if gt (int .Values.env.WEB_CONCURRENCY) 1 }}
env.WEB_CONCURRENCY: {{ .Values.env.WEB_CONCURRENCY }} workers without a shared store would each count limits and rings alone; {{ $remedy }}, or env.WEB_CONCURRENCY=1.
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.captcha" -}}
{{- $secret := or .Values.captcha.existingSecret .Values.captcha.file .Values.captcha.secret -}}
{{- if .Values.env.CAPTCHA_PROVIDER }}
{{- if not $secret }}
captcha: env.CAPTCHA_PROVIDER needs the provider's secret; set captcha.existingSecret to a Secret with the key secret, or set captcha.secret.
{{- end }}
{{- if not .Values.env.CAPTCHA_SITE_KEY }}
env.CAPTCHA_SITE_KEY: env.CAPTCHA_PROVIDER needs the provider's site key; set it.
{{- end }}
{{- else if $secret }}
captcha: a secret without a provider checks nothing; set env.CAPTCHA_PROVIDER to turnstile, hcaptcha or recaptcha, or leave captcha out.
{{- end }}
{{- end }}
