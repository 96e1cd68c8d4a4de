{{/* Settings that come as files: secrets, and what is too long for a variable. A file comes

     - from a Secret or ConfigMap of yours,
     - from a Secret of the chart's own, named after what is in it,
     - out of an init container, which puts the store's password into its URL, or
     - from wherever `file` says; the chart mounts nothing then.

     All but two groups are read once: a change makes new pods. The keys of identities and the
     blocked numbers are `reread`: from a Secret whose name stays, mounted as a folder.

     As YAML, name -> {path, folder, reread, source (a projected volume's), value (of the chart's own), key}. */}}
{{- define "callback-gateway.files" -}}
{{- $values := .Values -}}
{{- $fonolo := include "callback-gateway.fonolo" . | fromYaml -}}
{{- $redisValue := $values.redis.url -}}
{{- if and $values.redis.host (not $values.redis.existingSecret) }}{{ $redisValue = include "callback-gateway.redisUrl" . }}{{ end -}}
{{- $blocked := join "\n" $values.numbersBlocked.numbers -}}
{{- $files := dict -}}
{{- range list
  (dict "name" "FONOLO_ACCOUNT_SID" "secret" $fonolo.existingSecret "key" $fonolo.keys.accountSid "path" $fonolo.files.accountSid "value" $fonolo.accountSid)
  (dict "name" "FONOLO_AUTH_TOKEN" "secret" $fonolo.existingSecret "key" $fonolo.keys.authToken "path" $fonolo.files.authToken "value" $fonolo.authToken)
  (dict "name" "HANDLE_SECRET" "secret" $fonolo.existingSecret "key" $fonolo.keys.handleSecret "path" $fonolo.files.handleSecret "value" $fonolo.handleSecret)
  (dict "name" "REDIS_URL" "secret" $values.redis.existingSecret "key" $values.redis.key "path" $values.redis.file "value" $redisValue)
  (dict "name" "STORE_SECRET" "secret" $values.storeSecret.existingSecret "key" $values.storeSecret.key "path" $values.storeSecret.file "value" $values.storeSecret.value)
  (dict "name" "CAPTCHA_SECRET" "secret" $values.captcha.existingSecret "key" $values.captcha.key "path" $values.captcha.file "value" $values.captcha.secret)
  (dict "name" "EGRESS_PROXY" "secret" $values.egress.proxy.existingSecret "key" $values.egress.proxy.key "path" $values.egress.proxy.file "value" $values.egress.proxy.url)
  (dict "name" "EGRESS_CA" "secret" $values.egress.ca.existingSecret "configMap" $values.egress.ca.existingConfigMap "key" $values.egress.ca.key "path" $values.egress.ca.file "value" $values.egress.ca.pem)
  (dict "name" "IDENTITY_SECRET" "reread" true "secret" (ternary $values.identity.existingSecret "" (not (empty $values.identity.keys.secret))) "key" $values.identity.keys.secret "path" $values.identity.files.secret "value" $values.identity.secret)
  (dict "name" "IDENTITY_JWKS" "reread" true "secret" (ternary $values.identity.existingSecret "" (not (empty $values.identity.keys.jwks))) "key" $values.identity.keys.jwks "path" $values.identity.files.jwks "value" $values.identity.jwks)
  (dict "name" "NUMBERS_BLOCKED" "reread" true "secret" $values.numbersBlocked.existingSecret "key" $values.numbersBlocked.key "path" $values.numbersBlocked.file "value" $blocked) }}
{{- if or .secret .configMap .path .value }}
{{- $_ := set $files .name (include "callback-gateway.file" (list $ .) | fromYaml) }}
{{- end }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* One of them: (list $ {name, reread, secret, configMap, key, path, value}) */}}
{{- define "callback-gateway.file" -}}
{{- $root := index . 0 }}{{ $file := index . 1 -}}
{{- $item := $file.name | lower | replace "_" "-" -}}
{{- $folder := ternary "reread" "callback-gateway" (default false $file.reread) -}}
reread: {{ default false $file.reread }}
{{- if $file.path }}
path: {{ include "callback-gateway.string" (list $root $file.path) | quote }}
{{- else if and (eq $file.name "REDIS_URL") $root.Values.redis.host $file.secret }}
path: /run/secrets/store/redis-url
{{- else }}
path: /run/secrets/{{ $folder }}/{{ $item }}
source:
  {{ ternary "configMap" "secret" (not (empty $file.configMap)) }}:
    {{- $own := include "callback-gateway.ownSecret" (list $root (default false $file.reread)) }}
    name: {{ include "callback-gateway.string" (list $root (or $file.configMap $file.secret $own)) | quote }}
    items: [{key: {{ ternary $file.key $item (not (empty (or $file.configMap $file.secret))) | quote }}, path: {{ $item }}}]
{{- if not (or $file.configMap $file.secret) }}
value: {{ $file.value | quote }}
key: {{ $item }}
{{- end }}
{{- end }}
{{- end }}

{{/* The name of a Secret of the chart's own: (list $ reread). One that is read once is named after
     what is in it: it never changes in place, under an old ReplicaSet. */}}
{{- define "callback-gateway.ownSecret" -}}
{{- $root := index . 0 -}}
{{- $full := include "callback-gateway.fullname" $root -}}
{{- if index . 1 -}}
{{ $full }}-reread
{{- else -}}
{{- $values := $root.Values -}}
{{- $fonolo := include "callback-gateway.fonolo" $root | fromYaml -}}
{{- $within := list $fonolo.accountSid $fonolo.authToken $fonolo.handleSecret $values.redis.url
    (include "callback-gateway.redisUrl" $root) $values.storeSecret.value $values.captcha.secret
    $values.egress.proxy.url $values.egress.ca.pem -}}
{{ $full }}-{{ $within | toJson | sha256sum | trunc 8 }}
{{- end -}}
{{- end }}

{{/* The data of a Secret of the chart's own, as YAML and Base64: `stringData` leaves keys behind under
     server-side apply; empty when every Secret is yours: (list $ reread) */}}
{{- define "callback-gateway.ownData" -}}
{{- $reread := index . 1 -}}
{{- range include "callback-gateway.files" (index . 0) | fromYaml }}
{{- if and .key (eq .reread $reread) }}
{{ .key }}: {{ .value | b64enc | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The variables that name the files. */}}
{{- define "callback-gateway.fileEnv" -}}
{{- range $name, $file := include "callback-gateway.files" . | fromYaml }}
- name: {{ $name }}_FILE
  value: {{ $file.path | quote }}
{{- end }}
{{- end }}

{{/* The volumes of the files, and where the gateway's container has them. */}}
{{- define "callback-gateway.fileVolumes" -}}
{{- range $reread, $name := dict "false" "secrets" "true" "reread" }}
{{- $sources := include "callback-gateway.sources" (list $ $reread) }}
{{- if trim $sources }}
- name: {{ $name }}
  projected:
    defaultMode: 0440
    sources:
      {{- $sources | indent 6 }}
{{- end }}
{{- end }}
{{- if include "callback-gateway.composesUrl" . }}
- name: store
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
- name: store-password
  secret:
    secretName: {{ include "callback-gateway.string" (list . .Values.redis.existingSecret) | quote }}
    defaultMode: 0440
    items: [{key: {{ .Values.redis.passwordKey | quote }}, path: password}]
{{- end }}
{{- end }}

{{/* The sources of a projected volume: (list $ "true" for what is read again, or "false") */}}
{{- define "callback-gateway.sources" -}}
{{- $reread := index . 1 -}}
{{- range include "callback-gateway.files" (index . 0) | fromYaml }}
{{- if and .source (eq (toString .reread) $reread) }}
- {{- toYaml .source | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.fileMounts" -}}
{{- range $reread, $name := dict "false" "secrets" "true" "reread" }}
{{- if include "callback-gateway.sources" (list $ $reread) | trim }}
- name: {{ $name }}
  mountPath: /run/secrets/{{ ternary "callback-gateway" "reread" (eq $name "secrets") }}
  readOnly: true
{{- end }}
{{- end }}
{{- if include "callback-gateway.composesUrl" . }}
- name: store
  mountPath: /run/secrets/store
  readOnly: true
{{- end }}
{{- end }}

{{/* Whether the store's URL is put together in the pod, out of `redis.host` and a password. */}}
{{- define "callback-gateway.composesUrl" -}}
{{- with .Values.redis }}{{ if and .host .existingSecret }}true{{ end }}{{ end }}
{{- end }}

{{/* The container that does it: a password may hold any character, so it is percent-encoded. */}}
{{- define "callback-gateway.urlContainer" -}}
- name: redis-url
  image: {{ include "callback-gateway.image" (list . .Values.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  command:
    - python3
    - -c
    - |
      {{- .Files.Get "files/redis_url.py" | nindent 6 }}
  env:
    - name: URL_WITHOUT_PASSWORD
      value: {{ include "callback-gateway.redisUrl" . | quote }}
    - name: PASSWORD_FILE
      value: /run/secrets/store-password/password
    - name: URL_FILE
      value: /run/secrets/store/redis-url
  resources:
    {{- toYaml .Values.check.resources | nindent 4 }}
  volumeMounts:
    - name: store-password
      mountPath: /run/secrets/store-password
      readOnly: true
    - name: store
      mountPath: /run/secrets/store
{{- end }}
