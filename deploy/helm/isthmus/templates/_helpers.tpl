{{- define "isthmus.name" -}}
{{- if contains "isthmus" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-isthmus" (.Release.Name | trunc 32 | trimSuffix "-") }}{{ end -}}
{{- end }}

{{- define "isthmus.selector" -}}
app.kubernetes.io/name: isthmus
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "isthmus.labels" -}}
{{ include "isthmus.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "isthmus.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Given (dict "root" $ "role" NAME "values" VALUES "preStop" SECONDS): the template of a pod of that role. */}}
{{- define "isthmus.pod" -}}
{{- $root := .root }}
{{- $values := $root.Values }}
metadata:
  labels:
    {{- include "isthmus.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or $values.podAnnotations $values.istio.enabled }}
  annotations:
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- if $values.istio.enabled }}
    # The store is reached by the sidecar: it is there first, and goes last.
    proxy.istio.io/config: |
      holdApplicationUntilProxyStarts: true
      proxyMetadata:
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "isthmus.name" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add $values.graceSeconds .preStop 10 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "isthmus.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $.role }}
    {{- end }}
  containers:
    - name: isthmus
      image: {{ include "isthmus.image" $root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [start, --role, {{ .role }}, {{ $values.landscape.path | quote }}]
      ports:
        - { name: http, containerPort: 8080 }
        - { name: control, containerPort: 8090 }
      env:
        - { name: HOST, value: 0.0.0.0 }
        - { name: PORT, value: '8080' }
        - { name: ISTHMUS_CONTROL_HOST, value: 0.0.0.0 }
        - { name: ISTHMUS_CONTROL_PORT, value: '8090' }
        - { name: ISTHMUS_DATA, value: /data }
        - { name: ISTHMUS_LOG, value: json }
        - { name: ISTHMUS_GRACE, value: {{ $values.graceSeconds }}s }
        - name: ISTHMUS_STORE
          valueFrom:
            secretKeyRef: { name: {{ $values.secret.name }}, key: {{ $values.secret.keys.store }} }
        - name: ISTHMUS_TOKEN
          valueFrom:
            secretKeyRef: { name: {{ $values.secret.name }}, key: {{ $values.secret.keys.token }} }
        - name: ISTHMUS_PEOPLE_KEY
          valueFrom:
            secretKeyRef: { name: {{ $values.secret.name }}, key: {{ $values.secret.keys.people }} }
        {{- with $values.secret.keys.transport }}
        - name: ISTHMUS_TRANSPORT
          valueFrom:
            secretKeyRef: { name: {{ $values.secret.name }}, key: {{ . }} }
        {{- end }}
        {{- range $name, $value := $values.settings }}
        - { name: {{ $name }}, value: {{ $value | quote }} }
        {{- end }}
        {{- with $values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        privileged: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        capabilities:
          drop: [ALL]
      {{- with .values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if .preStop }}
      # Until everybody has heard that nothing is to be sent here any more.
      lifecycle:
        preStop:
          sleep:
            seconds: {{ .preStop }}
      {{- end }}
      # A start recovers what was under way, which may take long.
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 2
        failureThreshold: 150
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- if $values.landscape.configMap }}
        - { name: landscape, mountPath: {{ $values.landscape.path | quote }}, readOnly: true }
        {{- end }}
  volumes:
    - name: data
      emptyDir: { sizeLimit: 1Gi }
    - name: tmp
      emptyDir: { sizeLimit: 1Gi }
    {{- with $values.landscape.configMap }}
    - name: landscape
      configMap: { name: {{ . }} }
    {{- end }}
{{- end }}
