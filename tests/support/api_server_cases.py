"""Changes to objects that a kube-apiserver 1.37.0 accepts, and what it says of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from cmp.cli import source
from cmp.cli.commands.validate import plain

HERE = Path(__file__).parents[1] / "validate/apiserver"
ACCEPTED = plain(source.load(str(HERE / "accepted.yaml")))
# One a line. of: kind or name of an accepted object. set: places and their new values. drop: places that are
# removed. refused: the field that we name; without it, the server takes the change.
VARIANTS: list[dict[str, Any]] = [
    json.loads(line) for line in (HERE / "variants.jsonl").read_text().splitlines()
]
POD = "spec.template.spec"
BOX = f"{POD}.containers.0"
WINDOWS = "spec.containers.0.securityContext.windowsOptions"
RESTART = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
_REQUIRED = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
NODE, SELECTED = f"{POD}.{_REQUIRED}.0", f"{POD}.{_REQUIRED}[0]"

# kind or name, where, new value (None removes it), the field that is named
CASES: list[tuple[str, str, Any, str]] = [
    # metadata
    ("Deployment", "metadata.name", "a_b", "metadata.name"),
    ("Deployment", "metadata.name", "", "metadata.name"),
    ("Deployment", "metadata.namespace", "D", "metadata.namespace"),
    ("Deployment", "metadata.labels", {"-x": "a"}, "metadata.labels"),
    ("Deployment", "metadata.labels", {"x": "a b"}, "metadata.labels.x"),
    ("Deployment", "metadata.annotations", {"a/b/c": "x"}, "metadata.annotations"),
    ("Deployment", "metadata.annotations", {"a": "x" * 262144}, "metadata.annotations"),
    ("Namespace", "metadata.name", "a.b", "metadata.name"),
    ("Namespace", "metadata.labels", {"pod-security.kubernetes.io/warn": "high"}, "metadata.labels[pod-security.kubernetes.io/warn]"),
    ("StatefulSet", "metadata.name", "a.b", "metadata.name"),
    ("CronJob", "metadata.name", "a" * 53, "metadata.name"),
    # pods
    ("Deployment", f"{POD}.containers", [], f"{POD}.containers"),
    ("Deployment", f"{BOX}.name", "A", "spec.template.spec.containers[0].name"),
    ("Deployment", f"{BOX}.imagePullPolicy", "always", "spec.template.spec.containers[0].imagePullPolicy"),
    ("Deployment", f"{BOX}.ports.0.containerPort", 65536, "spec.template.spec.containers[0].ports[0].containerPort"),
    ("Deployment", f"{BOX}.ports.0.containerPort", 0, "spec.template.spec.containers[0].ports[0].containerPort"),
    ("Deployment", f"{BOX}.ports.0.name", "a-very-long-port-name", "spec.template.spec.containers[0].ports[0].name"),
    ("Deployment", f"{BOX}.ports.1.name", "http", "spec.template.spec.containers[0].ports[1].name"),
    ("Deployment", f"{BOX}.ports.0.protocol", "tcp", "spec.template.spec.containers[0].ports[0].protocol"),
    ("Deployment", f"{BOX}.env.0.name", "", "spec.template.spec.containers[0].env[0].name"),
    ("Deployment", f"{BOX}.env.1.value", "x", "spec.template.spec.containers[0].env[1].valueFrom"),
    ("Deployment", f"{BOX}.env.1.valueFrom", {}, "spec.template.spec.containers[0].env[1].valueFrom"),
    ("Deployment", f"{BOX}.env.1.valueFrom.fieldRef.fieldPath", "metadata.nam", "spec.template.spec.containers[0].env[1].valueFrom.fieldRef.fieldPath"),
    ("Deployment", f"{BOX}.resources.limits.cpu", "lots", "spec.template.spec.containers[0].resources.limits.cpu"),
    ("Deployment", f"{BOX}.resources.limits.cpu", "-1", "spec.template.spec.containers[0].resources.limits.cpu"),
    ("Deployment", f"{BOX}.resources.requests.cpu", "3", "spec.template.spec.containers[0].resources.requests.cpu"),
    ("Deployment", f"{BOX}.resources.limits", {"nvidia.com/gpu": "500m"}, "spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]"),
    ("Deployment", f"{BOX}.resources.limits", {"cpu": "2"}, "spec.template.spec.containers[0].resources.limits"),
    ("Deployment", f"{BOX}.resources.limits", {"gpu": "1"}, "spec.template.spec.containers[0].resources.limits.gpu"),
    ("Deployment", f"{BOX}.readinessProbe", {"periodSeconds": 5}, "spec.template.spec.containers[0].readinessProbe"),
    ("Deployment", f"{BOX}.readinessProbe.exec", {"command": ["x"]}, "spec.template.spec.containers[0].readinessProbe.httpGet"),
    ("Deployment", f"{BOX}.livenessProbe.successThreshold", 2, "spec.template.spec.containers[0].livenessProbe.successThreshold"),
    ("Deployment", f"{BOX}.volumeMounts.0.mountPath", "", "spec.template.spec.containers[0].volumeMounts[0].mountPath"),
    ("Deployment", f"{BOX}.volumeMounts.1.mountPath", "/models", "spec.template.spec.containers[0].volumeMounts[1].mountPath"),
    ("Deployment", f"{BOX}.volumeMounts.0.name", "other", "spec.template.spec.containers[0].volumeMounts[0].name"),
    ("Deployment", f"{BOX}.volumeMounts.1.subPath", "../a", "spec.template.spec.containers[0].volumeMounts[1].subPath"),
    ("Deployment", f"{BOX}.securityContext.privileged", True, "spec.template.spec.containers[0].securityContext"),
    ("Deployment", f"{POD}.volumes.1.name", "models", f"{POD}.volumes[1].name"),
    ("Deployment", f"{POD}.volumes.1.emptyDir", {}, f"{POD}.volumes[1].emptyDir"),
    ("Deployment", f"{POD}.restartPolicy", "Never", f"{POD}.restartPolicy"),
    ("Deployment", f"{POD}.initContainers.0.name", "server", f"{POD}.initContainers[0].name"),
    ("Deployment", f"{POD}.tolerations.0.value", "x", f"{POD}.tolerations[0].value"),
    ("Deployment", f"{POD}.tolerations.1.effect", "NoSchedule", f"{POD}.tolerations[1].effect"),
    ("Deployment", f"{POD}.topologySpreadConstraints.0.maxSkew", 0, f"{POD}.topologySpreadConstraints[0].maxSkew"),
    ("Deployment", f"{POD}.hostAliases.0.ip", "localhost", f"{POD}.hostAliases[0].ip"),
    ("DaemonSet", f"{BOX}.ports.0.hostPort", 9101, "spec.template.spec.containers[0].ports[0].hostPort"),
    ("Pod", "spec.dnsConfig", None, "spec.dnsConfig.nameservers"),
    # pods, fields that few use
    ("seldom", f"{BOX}.restartPolicy", "always", f"{POD}.containers[0].restartPolicy"),
    ("seldom", f"{POD}.initContainers.0.restartPolicy", "", f"{POD}.initContainers[0].restartPolicy"),
    ("seldom", f"{POD}.os.name", "Linux", f"{POD}.os.name"),
    ("seldom", f"{POD}.schedulingGates.1.name", "example.com/quota", f"{POD}.schedulingGates[1].name"),
    ("seldom", f"{POD}.schedulingGates.0.name", "a b", f"{POD}.schedulingGates[0].name"),
    ("seldom", f"{POD}.readinessGates.0.conditionType", "a b", f"{POD}.readinessGates[0].conditionType"),
    ("seldom", f"{POD}.overhead", {"gpu": "1"}, f"{POD}.overhead.gpu"),
    ("seldom", f"{POD}.overhead", {"nvidia.com/gpu": "500m"}, f"{POD}.overhead[nvidia.com/gpu]"),
    ("seldom", f"{POD}.runtimeClassName", "", f"{POD}.runtimeClassName"),
    ("seldom", f"{POD}.hostnameOverride", "A", f"{POD}.hostnameOverride"),
    ("seldom", f"{POD}.resources.limits.cpu", "1", f"{POD}.resources.limits.cpu"),
    ("seldom", f"{POD}.resources.requests.cpu", "100m", f"{POD}.resources.requests.cpu"),
    ("seldom", f"{POD}.resources.limits", {"nvidia.com/gpu": 1}, f"{POD}.resources.limits[nvidia.com/gpu]"),
    ("seldom", f"{POD}.resources.claims", [{"name": "x"}], f"{POD}.resources.claims"),
    ("seldom", f"{BOX}.resources.claims", [{"name": "x"}], f"{POD}.containers[0].resources.claims[0].name"),
    ("seldom", f"{POD}.resourceClaims", [{"name": "x"}], f"{POD}.resourceClaims[0]"),
    ("seldom", f"{POD}.ephemeralContainers", [{"name": "x"}], f"{POD}.ephemeralContainers"),
    ("seldom", f"{POD}.dnsConfig.searches.0", "a b", f"{POD}.dnsConfig.searches[0]"),
    ("seldom", f"{POD}.dnsConfig.searches", ["a.b"] * 33, f"{POD}.dnsConfig.searches"),
    ("seldom", f"{POD}.dnsConfig.options.0.name", None, f"{POD}.dnsConfig.options[0].name"),
    ("seldom", f"{POD}.securityContext.supplementalGroups.1", -1, f"{POD}.securityContext.supplementalGroups[1]"),
    ("seldom", f"{POD}.securityContext.supplementalGroupsPolicy", "strict", f"{POD}.securityContext.supplementalGroupsPolicy"),
    ("seldom", f"{POD}.securityContext.seLinuxChangePolicy", "x", f"{POD}.securityContext.seLinuxChangePolicy"),
    ("seldom", f"{POD}.securityContext.sysctls.0.name", "A", f"{POD}.securityContext.sysctls[0].name"),
    ("seldom", f"{POD}.securityContext.appArmorProfile.localhostProfile", None, f"{POD}.securityContext.appArmorProfile.localhostProfile"),
    ("seldom", f"{POD}.securityContext.windowsOptions", {"gmsaCredentialSpecName": "A B"}, f"{POD}.securityContext.windowsOptions.gmsaCredentialSpecName"),
    ("seldom", f"{BOX}.securityContext.procMount", "default", f"{POD}.containers[0].securityContext.procMount"),
    ("seldom", f"{BOX}.resizePolicy.0.restartPolicy", "Never", f"{POD}.containers[0].resizePolicy[0].restartPolicy"),
    ("seldom", f"{BOX}.lifecycle.preStop.sleep.seconds", 31, f"{POD}.containers[0].lifecycle.preStop.sleep.seconds"),
    ("seldom", f"{BOX}.volumeMounts.0.readOnly", False, f"{POD}.containers[0].volumeMounts[0].recursiveReadOnly"),
    ("seldom", f"{POD}.volumes.0.image.pullPolicy", "always", f"{POD}.volumes[0].image.pullPolicy"),
    ("seldom", f"{POD}.volumes.0.image", {}, f"{POD}.volumes[0].image.reference"),
    ("seldom", f"{POD}.topologySpreadConstraints.0.labelSelector", None, f"{POD}.topologySpreadConstraints[0].matchLabelKeys"),
    ("seldom", f"{POD}.topologySpreadConstraints.0.matchLabelKeys.0", "a b", f"{POD}.topologySpreadConstraints[0].matchLabelKeys[0]"),
    ("seldom", f"{NODE}.matchExpressions.0.values.0", "a b", f"{SELECTED}.matchExpressions[0].values[0]"),
    ("seldom", f"{NODE}.matchFields.0.key", "metadata.uid", f"{SELECTED}.matchFields[0].key"),
    ("seldom", f"{NODE}.matchFields.0.operator", "Exists", f"{SELECTED}.matchFields[0].operator"),
    ("seldom", f"{NODE}.matchFields.0.values", ["a", "b"], f"{SELECTED}.matchFields[0].values"),
    ("seldom", f"{NODE}.matchFields.0.values.0", "A", f"{SELECTED}.matchFields[0].values[0]"),
    ("seldom", "metadata.finalizers.0", "wait", "metadata.finalizers[0]"),
    ("seldom", "metadata.generateName", "A", "metadata.generateName"),
    ("Namespace", "spec.finalizers", ["wait"], "spec.finalizers[0]"),
    ("seldom", f"{BOX}.volumeDevices", [{"name": "models", "devicePath": "/dev/a"}], f"{POD}.containers[0].volumeDevices"),
    ("Job", "spec.managedBy", "team", "spec.managedBy"),
    ("Job", "spec.manualSelector", True, "spec.selector"),
    ("seldom", "metadata.ownerReferences.0.uid", "", "metadata.ownerReferences[0].uid"),
    ("Deployment", f"{POD}.tolerations.1.operator", "Gt", f"{POD}.tolerations[1].operator"),
    # workloads, fields that few use
    ("indexed", "spec.completionMode", "NonIndexed", "spec.backoffLimitPerIndex"),
    ("indexed", "spec.maxFailedIndexes", 4, "spec.completions"),
    ("indexed", "spec.successPolicy.rules.0", {}, "spec.successPolicy.rules[0]"),
    ("indexed", "spec.successPolicy.rules.0.succeededCount", 4, "spec.successPolicy.rules[0].succeededCount"),
    ("indexed", "spec.backoffLimitPerIndex", None, "spec.backoffLimitPerIndex"),
    ("indexed", "spec.podFailurePolicy.rules.1.onPodConditions.0.status", "true", "spec.podFailurePolicy.rules[1].onPodConditions[0].status"),
    ("indexed", "spec.podFailurePolicy.rules.1.onPodConditions.0.type", "a b", "spec.podFailurePolicy.rules[1].onPodConditions[0].type"),
    ("indexed", "metadata.name", "a.b", "metadata.name"),
    ("indexed", "spec.podFailurePolicy.rules.0.action", "Fail", "spec.podFailurePolicy.rules[0].action"),
    ("indexed", "spec.podFailurePolicy.rules.0.onExitCodes.values.0", 0, "spec.podFailurePolicy.rules[0].onExitCodes.values[0]"),
    ("indexed", "spec.podFailurePolicy.rules.0.onExitCodes.values.0", 42, "spec.podFailurePolicy.rules[0].onExitCodes.values"),
    ("indexed", "spec.podFailurePolicy.rules.0.onExitCodes.containerName", "x", "spec.podFailurePolicy.rules[0].onExitCodes.containerName"),
    ("indexed", "spec.podFailurePolicy.rules.1.onPodConditions", [], "spec.podFailurePolicy.rules[1]"),
    ("StatefulSet", "spec.updateStrategy.rollingUpdate.maxUnavailable", "0%", "spec.updateStrategy.rollingUpdate.maxUnavailable"),
    ("CronJob", "spec.schedule", "@every day", "spec.schedule"),
    # workloads
    ("Deployment", "spec.selector.matchLabels", {"app": "other"}, "spec.selector"),
    ("Deployment", "spec.selector", {}, "spec.selector"),
    ("Deployment", "spec.selector.matchExpressions.0.values", [], "spec.selector.matchExpressions[0].values"),
    ("Deployment", "spec.replicas", -1, "spec.replicas"),
    ("Deployment", "spec.strategy.type", "Recreate", "spec.strategy.rollingUpdate"),
    ("Deployment", "spec.strategy.rollingUpdate.maxSurge", "50", "spec.strategy.rollingUpdate.maxSurge"),
    ("Deployment", "spec.strategy.rollingUpdate", {"maxSurge": 0, "maxUnavailable": "0%"}, "spec.strategy.rollingUpdate.maxUnavailable"),
    ("Deployment", "spec.progressDeadlineSeconds", 5, "spec.progressDeadlineSeconds"),
    ("StatefulSet", "spec.podManagementPolicy", "parallel", "spec.podManagementPolicy"),
    ("StatefulSet", "spec.volumeClaimTemplates", [], "spec.template.spec.containers[0].volumeMounts[0].name"),
    ("Job", f"{POD}.restartPolicy", None, f"{POD}.restartPolicy"),
    ("Job", "spec.completionMode", "indexed", "spec.completionMode"),
    ("CronJob", "spec.schedule", "every day", "spec.schedule"),
    ("CronJob", "spec.schedule", "0 25 * * *", "spec.schedule"),
    ("CronJob", "spec.schedule", "0 3 * * 5-1", "spec.schedule"),
    ("CronJob", "spec.schedule", "*/0 3 * * *", "spec.schedule"),
    ("CronJob", "spec.timeZone", "Mars/Base", "spec.timeZone"),
    ("CronJob", "spec.concurrencyPolicy", "forbid", "spec.concurrencyPolicy"),
    # networks
    ("Service", "spec.type", "Loadbalancer", "spec.type"),
    ("Service", "spec.ports.1.name", "", "spec.ports[1].name"),
    ("Service", "spec.ports.1.port", 80, "spec.ports[1]"),
    ("Service", "spec.ports", [], "spec.ports"),
    ("Service", "spec.sessionAffinity", "clientip", "spec.sessionAffinity"),
    ("Service", "spec.externalTrafficPolicy", "Local", "spec.externalTrafficPolicy"),
    ("Service", "spec.internalTrafficPolicy", "", "spec.internalTrafficPolicy"),
    ("Service", "spec.ports.0.nodePort", 30080, "spec.ports[0].nodePort"),
    ("Service", "spec.ports.0.appProtocol", "", "spec.ports[0].appProtocol"),
    ("Service", "spec.loadBalancerClass", "example.com/a", "spec.loadBalancerClass"),
    ("Service", "spec.allocateLoadBalancerNodePorts", False, "spec.allocateLoadBalancerNodePorts"),
    ("wide", "spec.loadBalancerClass", "a b", "spec.loadBalancerClass"),
    ("wide", "spec.externalTrafficPolicy", "Cluster", "spec.healthCheckNodePort"),
    ("wide", "spec.healthCheckNodePort", 65536, "spec.healthCheckNodePort"),
    ("wide", "spec.trafficDistribution", "near", "spec.trafficDistribution"),
    ("wide", "spec.sessionAffinityConfig.clientIP.timeoutSeconds", 0, "spec.sessionAffinityConfig.clientIP.timeoutSeconds"),
    ("wide", "spec.ipFamilies", ["IPv4", "IPv4"], "spec.ipFamilies[1]"),
    ("Service", "spec.ipFamilies", ["IPv4", "IPv6"], "spec.ipFamilyPolicy"),
    ("wide", "spec.externalIPs.0", "127.0.0.1", "spec.externalIPs[0]"),
    ("Ingress", "spec.ingressClassName", "", "spec.ingressClassName"),
    ("NetworkPolicy", "spec.egress.0.ports.0.protocol", "", "spec.egress[0].ports[0].protocol"),
    ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.1/16", "spec.egress[0].to[0].ipBlock.cidr"),
    ("Ingress", "spec.rules.0.http.paths.0.path", "api", "spec.rules[0].http.paths[0].path"),
    ("Ingress", "spec.rules.0.http.paths.0.pathType", None, "spec.rules[0].http.paths[0].pathType"),
    ("Ingress", "spec.rules.0.host", "10.0.0.1", "spec.rules[0].host"),
    ("Ingress", "spec.tls.0.hosts.0", "*.*.com", "spec.tls[0].hosts[0]"),
    ("Ingress", "spec.rules.0.http.paths.0.backend.service.port.name", "http", "spec.rules[0].http.paths[0].backend.service.port.number"),
    ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.0/33", "spec.egress[0].to[0].ipBlock.cidr"),
    ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.except.0", "11.0.0.0/24", "spec.egress[0].to[0].ipBlock.except[0]"),
    ("NetworkPolicy", "spec.ingress.0.ports.0.endPort", 80, "spec.ingress[0].ports[0].endPort"),
    ("NetworkPolicy", "spec.ingress.0.from.0", {}, "spec.ingress[0].from[0]"),
    # scaling
    ("HorizontalPodAutoscaler", "spec.maxReplicas", 0, "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", "spec.minReplicas", 6, "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", "spec.scaleTargetRef.name", "", "spec.scaleTargetRef.name"),
    ("HorizontalPodAutoscaler", "spec.metrics.0.resource", None, "spec.metrics[0].resource"),
    ("HorizontalPodAutoscaler", "spec.metrics.0.resource.target.averageValue", "1", "spec.metrics[0].resource.target.averageValue"),
    ("HorizontalPodAutoscaler", "spec.metrics.0.resource.target.averageUtilization", 0, "spec.metrics[0].resource.target.averageUtilization"),
    ("HorizontalPodAutoscaler", "spec.scaleTargetRef.apiVersion", None, "spec.scaleTargetRef.apiVersion"),
    ("HorizontalPodAutoscaler", "spec.scaleTargetRef.apiVersion", "v1", "spec.scaleTargetRef.apiVersion"),
    ("HorizontalPodAutoscaler", "spec.scaleTargetRef.apiVersion", "a/b/c", "spec.scaleTargetRef.apiVersion"),
    ("HorizontalPodAutoscaler", "spec.behavior.scaleDown.tolerance", "-1", "spec.behavior.scaleDown.tolerance"),
    ("PodDisruptionBudget", "spec.maxUnavailable", 1, "spec.maxUnavailable"),
    ("PodDisruptionBudget", "spec.minAvailable", "101%", "spec.minAvailable"),
    # storage and data
    ("PersistentVolumeClaim", "spec.accessModes", [], "spec.accessModes"),
    ("PersistentVolumeClaim", "spec.accessModes.0", "RWO", "spec.accessModes[0]"),
    ("PersistentVolumeClaim", "spec.resources.requests", {}, "spec.resources.requests.storage"),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", "0", "spec.resources.requests.storage"),
    ("copy", "spec.accessModes", ["ReadWriteOncePod", "ReadWriteOnce"], "spec.accessModes"),
    ("copy", "spec.dataSourceRef.kind", "Pod", "spec.dataSourceRef.kind"),
    ("copy", "spec.dataSourceRef.name", "", "spec.dataSourceRef.name"),
    ("ConfigMap", "data.a/b", "x", "data[a/b]"),
    ("ConfigMap", "data.blob", "x", "data.blob"),
    ("ConfigMap", "binaryData.blob", "?", "binaryData.blob"),
    ("Secret", "stringData", {"k": "v"}, "data"),
    ("Secret", "stringData.a b", "v", "stringData.a b"),
    ("Secret", "type", "kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]"),
    ("Secret", "type", "kubernetes.io/tls", "data[tls.crt]"),
    # quotas and rights
    ("ResourceQuota", "spec.hard.cpuu/x y", "1", "spec.hard[cpuu/x y]"),
    ("ResourceQuota", "spec.hard.pods", "1.5", "spec.hard.pods"),
    ("scoped", "spec.scopes.0", "Ended", "spec.scopes[0]"),
    ("scoped", "spec.scopes", ["Terminating", "NotTerminating"], "spec.scopes"),
    ("scoped", "spec.scopeSelector.matchExpressions.0.operator", "Is", "spec.scopeSelector.matchExpressions[0].operator"),
    ("scoped", "spec.scopeSelector.matchExpressions.0.scopeName", "Terminating", "spec.scopeSelector.matchExpressions[0].operator"),
    ("ResourceQuota", "spec.scopes", ["BestEffort"], "spec.scopes"),
    ("collected", "aggregationRule.clusterRoleSelectors", [], "aggregationRule.clusterRoleSelectors"),
    ("LimitRange", "spec.limits.0.maxLimitRequestRatio", {"cpu": "300"}, "spec.limits[0].maxLimitRequestRatio.cpu"),
    ("LimitRange", "spec.limits.0.type", "", "spec.limits[0].type"),
    ("LimitRange", "spec.limits.0.max.cpu", "200m", "spec.limits[0].default.cpu"),
    ("Role", "rules.0.resources", [], "rules[0].resources"),
    ("Role", "rules.0.nonResourceURLs", ["/x"], "rules[0].nonResourceURLs"),
    ("RoleBinding", "roleRef.kind", "Roles", "roleRef.kind"),
    ("ClusterRoleBinding", "subjects.0.namespace", None, "subjects[0].namespace"),
    # sizes
    ("seldom", f"{POD}.dnsConfig.searches", [".".join(["a" * 60] * 4)] * 9, f"{POD}.dnsConfig.searches"),
    ("seldom", f"{POD}.hostnameOverride", "a" * 65, f"{POD}.hostnameOverride"),
    ("seldom", f"{POD}.securityContext.appArmorProfile", {"type": "Localhost", "localhostProfile": "a" * 4096}, f"{POD}.securityContext.appArmorProfile.localhostProfile"),
    ("windows", WINDOWS, {"gmsaCredentialSpec": "a" * 65537}, "spec.containers[0].securityContext.windowsOptions.gmsaCredentialSpec"),
    ("windows", WINDOWS, {"runAsUserName": "d" * 256 + "\\u"}, "spec.containers[0].securityContext.windowsOptions.runAsUserName"),
    ("plain", "spec.containers.0.restartPolicyRules", [RESTART] * 21, "spec.containers[0].restartPolicyRules"),
    ("plain", "spec.containers.0.restartPolicyRules.0.exitCodes.values", list(range(256)), "spec.containers[0].restartPolicyRules[0].exitCodes.values"),
    ("indexed", "spec.podFailurePolicy.rules.0.onExitCodes.values", list(range(1, 257)), "spec.podFailurePolicy.rules[0].onExitCodes.values"),
    ("indexed", "spec.podFailurePolicy.rules.1.onPodConditions", [{"type": "A", "status": "True"}] * 21, "spec.podFailurePolicy.rules[1].onPodConditions"),
    ("indexed", "spec.successPolicy.rules", [{"succeededCount": 1}] * 21, "spec.successPolicy.rules"),
    ("indexed", "spec.successPolicy.rules.0", {"succeededIndexes": "0" * 65537}, "spec.successPolicy.rules[0].succeededIndexes"),
    ("ConfigMap", "data", {"a": "x" * 1024 * 1024}, "data"),
    ("StorageClass", "parameters", {"a": "x" * 300000}, "parameters"),
    ("StorageClass", "parameters", {f"a{number}": "x" for number in range(513)}, "parameters"),
    ("ValidatingWebhookConfiguration", "webhooks.0.matchConditions", [{"name": f"a{number}", "expression": "true"} for number in range(65)], "webhooks[0].matchConditions"),
]  # fmt: skip


def changed(of: str, values: dict[str, Any], dropped: list[str]) -> dict[str, Any]:
    """A copy of an accepted object with other values in some places, and without some places."""
    body: dict[str, Any] = copy.deepcopy(
        next(each for each in ACCEPTED if of in (each["kind"], each["metadata"]["name"]))
    )
    for where, value in values.items():
        above, last = _place(body, where)
        above[last] = copy.deepcopy(value)
    for where in dropped:
        above, last = _place(body, where)
        del above[last]
    return body


def _place(body: dict[str, Any], where: str) -> tuple[Any, Any]:
    *steps, last = where.split(".")
    above: Any = body
    for step in steps:
        above = above[int(step)] if isinstance(above, list) else above.setdefault(step, {})
    return above, int(last) if isinstance(above, list) else last


def case(of: str, where: str, value: Any) -> dict[str, Any]:
    """The object of a row of CASES."""
    return changed(of, {}, [where]) if value is None else changed(of, {where: value}, [])
