{{/* Names of the environment: settings under `env`, each secret where it is mounted as a file. */}}
{{- define "callback-gateway.refuse.settings" -}}
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
{{- $seen := list }}
{{- range .Values.extraEnv }}
{{- $setting := trimSuffix "_FILE" .name }}
{{- if hasKey $where $setting }}
extraEnv: {{ .name }} is a setting of the gateway; set {{ include "callback-gateway.where" (list $where $setting) }} instead.
{{- else if and .value (hasSuffix "_HEADERS" .name) }}
extraEnv: {{ .name }} may hold a token; take it from a Secret with valueFrom.secretKeyRef.
{{- end }}
{{- if has .name $seen }}
extraEnv: {{ .name }} stands there twice, and the last one would win silently; remove one.
{{- end }}
{{- $seen = append $seen .name }}
{{- end }}
{{- if eq (int (.Values.env.PORT | default 8000)) (int (.Values.env.METRICS_PORT | default 9090)) }}
env.METRICS_PORT: it must differ from env.PORT; leave one of them out.
{{- end }}
{{- if regexMatch "^\\[?(127[.]|::1\\]?$)" (toString (.Values.env.BIND | default "")) }}
env.BIND: the kubelet and other pods cannot reach a loopback address; leave it out.
{{- end }}
{{- end }}

{{/* The value that gives a setting: (list settings.yaml name) */}}
{{- define "callback-gateway.where" -}}
{{- $value := get (index . 0) (index . 1) -}}
{{- ternary (printf "env.%s" (index . 1)) $value (eq $value "env") -}}
{{- end }}

{{/* Names that Kubernetes would refuse halfway through an install. */}}
{{- define "callback-gateway.refuse.names" -}}
{{- $full := include "callback-gateway.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $full) }}
fullnameOverride: {{ $full | quote }} cannot be the name of a Service; set it to lower-case letters, digits and hyphens, a letter first.
{{- end }}
{{- range $alias, $_ := .Values.profiles }}
{{- if has $alias (list "true" "false") }}
profiles.{{ $alias }}: YAML reads yes, no, on and off as true and false; write the alias in quotes, or another one.
{{- end }}
{{- end }}
{{- range $what, $names := dict
  "extraVolumes" (dict "taken" (list "secrets" "reread" "store" "store-password" "memory") "of" .Values.extraVolumes "by" "name")
  "extraVolumeMounts" (dict "taken" (list "/run/secrets/callback-gateway" "/run/secrets/reread" "/run/secrets/store" "/dev/shm" "/tmp") "of" .Values.extraVolumeMounts "by" "mountPath")
  "initContainers and sidecars" (dict "taken" (list "gateway" "redis-url") "of" (concat .Values.initContainers .Values.sidecars) "by" "name") }}
{{- $seen := $names.taken }}
{{- range $names.of }}
{{- $name := get . $names.by | toString }}
{{- if has $name $seen }}
{{ $what }}: the {{ $names.by }} {{ $name }} stands there twice, or is the chart's own; choose another.
{{- end }}
{{- $seen = append $seen $name }}
{{- end }}
{{- end }}
{{- end }}
