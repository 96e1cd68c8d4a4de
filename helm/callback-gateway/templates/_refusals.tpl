{{/* Refuse what cannot work, every fault at once, each with its remedy. */}}
{{- define "callback-gateway.refuse" -}}
{{- $faults := list -}}
{{- range list "credentials" "store" "captcha" "names" "stopping" "outside" -}}
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
{{- if .Values.simulator.enabled }}
{{- with $given }}
simulator.enabled: the simulator has credentials and a URL of its own; leave out {{ join ", " . }}, or set simulator.enabled=false to reach the real Fonolo.
{{- end }}
{{- else }}
{{- if and $fonolo.existingSecret $inline }}
fonolo: given twice; leave out either fonolo.existingSecret or fonolo.accountSid, fonolo.authToken and fonolo.handleSecret.
{{- else if not (or $fonolo.existingSecret (and $fonolo.accountSid $fonolo.authToken $fonolo.handleSecret)) }}
fonolo: credentials are missing; name a Secret with the keys account-sid, auth-token and handle-secret in fonolo.existingSecret, or set fonolo.accountSid, fonolo.authToken and fonolo.handleSecret (or simulator.enabled=true, to try it without an account).
{{- end }}
{{- if not .Values.profiles }}
profiles: at least one is needed; set profiles.default to the SID (CP…) of a call-back profile of your account.
{{- end }}
{{- if and (hasPrefix "http:" $fonolo.baseUrl) (ne (toString .Values.env.FONOLO_ALLOW_HTTP) "true") (not (regexMatch "^http://(localhost|127[.][0-9.]+|\\[::1\\])(:|/|$)" $fonolo.baseUrl)) }}
fonolo.baseUrl: plain http would show the credentials to the network; use https, or set env.FONOLO_ALLOW_HTTP=true.
{{- end }}
{{- end }}
{{- range $name, $secrets := dict "fonolo.handleSecret" $fonolo.handleSecret "storeSecret.value" .Values.storeSecret.value }}
{{- range splitList "," $secrets }}
{{- if and (trim .) (lt (trim . | len) 32) }}
{{ $name }}: 32 characters or more are needed; make one with: openssl rand -hex 32
{{- end }}
{{- end }}
{{- end }}
{{- range $group, $value := dict "redis" "url" "storeSecret" "value" "captcha" "secret" }}
{{- $values := get $.Values $group }}
{{- if and $values.existingSecret (get $values $value) }}
{{ $group }}: given twice; leave out either {{ $group }}.existingSecret or {{ $group }}.{{ $value }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.store" -}}
{{- $remedy := "set redis.existingSecret to a Secret with the key url, or set redis.url" -}}
{{- if not (include "callback-gateway.hasStore" .) }}
{{- if .Values.autoscaling.enabled }}
autoscaling.enabled: replicas without a shared store would each count limits and rings alone; {{ $remedy }}, or autoscaling.enabled=false.
{{- else if gt (int .Values.replicaCount) 1 }}
replicaCount: {{ .Values.replicaCount }} replicas without a shared store would each count limits and rings alone; {{ $remedy }}, or replicaCount=1.
{{- end }}
{{- if gt (int .Values.env.WEB_CONCURRENCY) 1 }}
env.WEB_CONCURRENCY: {{ .Values.env.WEB_CONCURRENCY }} workers without a shared store would each count limits and rings alone; {{ $remedy }}, or env.WEB_CONCURRENCY=1.
{{- end }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
{{- range regexFindAll ":[0-9]+(,|/|$)" (.Values.redis.url | splitList "@" | last) -1 }}
{{- $port := regexFind "[0-9]+" . }}
{{- if not (has $port (toStrings $.Values.networkPolicy.redisPorts)) }}
networkPolicy.redisPorts: {{ $port }}, a port of redis.url, is missing; the network policy would cut the gateway off its store.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.captcha" -}}
{{- $secret := or .Values.captcha.existingSecret .Values.captcha.secret -}}
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

{{/* Names of the environment: settings under `env`, each secret where it is mounted as a file. */}}
{{- define "callback-gateway.refuse.names" -}}
{{- $where := .Files.Get "files/settings.yaml" | fromYaml -}}
{{- $known := list -}}
{{- range $name, $value := $where }}{{ if eq $value "env" }}{{ $known = append $known $name }}{{ end }}{{ end -}}
{{- range $name, $value := .Values.env }}
{{- if and (hasSuffix "_FILE" $name) (hasKey $where (trimSuffix "_FILE" $name)) }}
env.{{ $name }}: the chart mounts the files; set {{ include "callback-gateway.where" (list $where (trimSuffix "_FILE" $name)) }} instead.
{{- else if not (hasKey $where $name) }}
env.{{ $name }}: there is no such setting; remove it, or put what is no setting of the gateway into extraEnv. Here go {{ join ", " $known }}.
{{- else if ne (get $where $name) "env" }}
env.{{ $name }}: it has a value of its own; set {{ get $where $name }} instead.
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- $setting := trimSuffix "_FILE" .name }}
{{- if hasKey $where $setting }}
extraEnv: {{ .name }} is a setting of the gateway; set {{ include "callback-gateway.where" (list $where $setting) }} instead.
{{- else if and .value (hasSuffix "_HEADERS" .name) }}
extraEnv: {{ .name }} may hold a token; take it from a Secret with valueFrom.secretKeyRef.
{{- end }}
{{- end }}
{{- if eq (int (.Values.env.PORT | default 8000)) (int (.Values.env.METRICS_PORT | default 9090)) }}
env.METRICS_PORT: it must differ from env.PORT; leave one of them out.
{{- end }}
{{- end }}

{{/* The value that gives a setting: (list settings.yaml name) */}}
{{- define "callback-gateway.where" -}}
{{- $value := get (index . 0) (index . 1) -}}
{{- ternary (printf "env.%s" (index . 1)) $value (eq $value "env") -}}
{{- end }}

{{- define "callback-gateway.refuse.stopping" -}}
{{- $needed := int (include "callback-gateway.stopSeconds" .) -}}
{{- with .Values.terminationGracePeriodSeconds }}
{{- if lt (int .) $needed }}
terminationGracePeriodSeconds: {{ . }} s would cut off running starts; preStopSeconds and env.FONOLO_TIMEOUT need {{ $needed }}, which is what it is when left out.
{{- end }}
{{- end }}
{{- if .Values.podDisruptionBudget.enabled }}
{{- $fewest := ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled -}}
{{- $stay := .Values.podDisruptionBudget.minAvailable -}}
{{- if and $stay (or (eq (toString $stay) "100%") (and (not (kindIs "string" $stay)) (ge (int $stay) (int $fewest)))) }}
podDisruptionBudget.minAvailable: {{ $stay }} of {{ $fewest }} would block every drain of a node; set podDisruptionBudget.maxUnavailable=1 instead, or have more replicas.
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.outside" -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
ingress.hosts: an Ingress without a host would answer for every name; set ingress.hosts[0].host.
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
httpRoute.parentRefs: a route without a Gateway leads nowhere; set httpRoute.parentRefs[0].name.
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- if not (dig "requests" "cpu" "" .Values.resources) }}
resources.requests.cpu: autoscaling measures CPU against it; set it, or autoscaling.enabled=false.
{{- end }}
{{- if lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas) }}
autoscaling.maxReplicas: fewer than autoscaling.minReplicas; raise it.
{{- end }}
{{- end }}
{{- end }}
