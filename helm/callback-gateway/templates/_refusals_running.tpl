{{- define "callback-gateway.refuse.stopping" -}}
{{- $needed := int (include "callback-gateway.stopSeconds" .) -}}
{{- with .Values.terminationGracePeriodSeconds }}
{{- if lt (int .) $needed }}
terminationGracePeriodSeconds: {{ . }} s would cut off running starts; preStopSeconds and env.FONOLO_TIMEOUT need {{ $needed }}, which is what it is when left out.
{{- end }}
{{- end }}
{{- if .Values.podDisruptionBudget.enabled }}
{{- $fewest := ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled -}}
{{- $away := .Values.podDisruptionBudget.maxUnavailable -}}
{{- $stay := .Values.podDisruptionBudget.minAvailable -}}
{{- if kindIs "invalid" $stay }}
{{- if has (toString $away) (list "0" "0%") }}
podDisruptionBudget.maxUnavailable: {{ $away }} would block every drain of a node; set podDisruptionBudget.maxUnavailable=1, or podDisruptionBudget.enabled=false.
{{- end }}
{{- else }}
{{- $number := int $stay }}{{/* as the API rounds: up */}}
{{- if hasSuffix "%" (toString $stay) }}{{ $number = divf (mulf (trimSuffix "%" $stay | float64) (int $fewest)) 100.0 | ceil | int }}{{ end }}
{{- if or (eq (toString $stay) "100%") (and (int $fewest) (ge $number (int $fewest))) }}
podDisruptionBudget.minAvailable: {{ $stay }} of {{ $fewest }} would block every drain of a node; set podDisruptionBudget.maxUnavailable=1 instead, or have more replicas.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "callback-gateway.refuse.scaling" -}}
{{- with .Values.autoscaling }}
{{- if .enabled }}
{{- if not (or .targetCPUUtilizationPercentage .targetRequestsInFlight .metrics) }}
autoscaling: it has nothing to measure; set autoscaling.targetCPUUtilizationPercentage, autoscaling.targetRequestsInFlight or autoscaling.metrics.
{{- end }}
{{- if and .targetCPUUtilizationPercentage (not (dig "requests" "cpu" "" $.Values.resources)) }}
resources.requests.cpu: autoscaling measures CPU against it; set it, or autoscaling.targetCPUUtilizationPercentage=null and another metric.
{{- end }}
{{- if lt (int .maxReplicas) (int .minReplicas) }}
autoscaling.maxReplicas: fewer than autoscaling.minReplicas; raise it.
{{- end }}
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
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
podMonitor.enabled: the ServiceMonitor scrapes the same pods, and every figure would be doubled; set serviceMonitor.enabled=false or podMonitor.enabled=false.
{{- end }}
{{- end }}

{{/* A Fonolo that the policy's `httpsTo`, the internet without private addresses, does not hold. */}}
{{- define "callback-gateway.refuse.network" -}}
{{- if and .Values.networkPolicy.enabled (not .Values.simulator.enabled) (not .Values.networkPolicy.fonoloTo) (not (include "callback-gateway.hasProxy" .)) }}
{{- $onlyOutside := true }}
{{- range .Values.networkPolicy.httpsTo }}{{ if not (dig "ipBlock" "except" "" .) }}{{ $onlyOutside = false }}{{ end }}{{ end }}
{{- $host := (urlParse .Values.fonolo.baseUrl).hostname | default "api.fonolo.com" }}
{{- $inside := or (hasPrefix "http:" .Values.fonolo.baseUrl) (not (regexMatch "[.:]" $host)) (regexMatch "^(fd|fe80)[0-9a-f]*:" $host) (regexMatch "[.](svc|local|internal)$" $host) (regexMatch "^(10|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.][0-9.]+$" $host) }}
{{- if and .Values.networkPolicy.httpsTo $onlyOutside $inside (not (regexMatch "^(localhost|127[.].*|::1)$" $host)) }}
networkPolicy.fonoloTo: fonolo.baseUrl seems to be in the cluster or in a private network, which networkPolicy.httpsTo leaves out; set networkPolicy.fonoloTo to where it is, and networkPolicy.fonoloPorts if its pods' port is another.
{{- end }}
{{- end }}
{{- end }}
