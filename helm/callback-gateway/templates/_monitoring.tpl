{{/* The job under which Prometheus knows this release: its Service of metrics, as the operator names jobs. */}}
{{- define "callback-gateway.job" -}}
{{- printf "%s-metrics" (include "callback-gateway.fullname" .) -}}
{{- end }}

{{/* Of an object that may be in another namespace: (list $ {namespace, labels}) */}}
{{- define "callback-gateway.monitorMetadata" -}}
{{- $root := index . 0 }}{{ $values := index . 1 -}}
name: {{ include "callback-gateway.fullname" $root | quote }}
namespace: {{ $values.namespace | default $root.Release.Namespace | quote }}
labels:
  {{- include "callback-gateway.labels" (list $root "gateway" $values.labels) | nindent 2 }}
{{- end }}

{{/* How an endpoint is scraped: (list $ values relabelings) */}}
{{- define "callback-gateway.scrape" -}}
{{- $root := index . 0 }}{{ $values := index . 1 }}
interval: {{ $values.interval }}
scrapeTimeout: {{ $values.scrapeTimeout }}
{{- with concat (index . 2) $values.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
