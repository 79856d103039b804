"""The fields of Kustomization and Component, and of the configuration types they share (api/types/*.go)."""

from __future__ import annotations

from cmp.kustomize.specs import TABLES
from cmp.kustomize.structs import ANY, BOOL, INT, STR, ListOf, MapOf, Struct

STRINGS = ListOf(STR)
STRING_MAP = MapOf(STR)

GVK = {"group": STR, "version": STR, "kind": STR}
RES_ID = {**GVK, "name": STR, "namespace": STR}
FIELD_SPEC = Struct(GVK, path=STR, create=BOOL)
FIELD_SPECS = ListOf(FIELD_SPEC)
SELECTOR = Struct(RES_ID, annotationSelector=STR, labelSelector=STR)
OBJECT_META = Struct(name=STR, namespace=STR, labels=STRING_MAP, annotations=STRING_MAP)

PATCH_OPTIONS = Struct(allowNameChange=BOOL, allowKindChange=BOOL)
PATCH = Struct(path=STR, patch=STR, target=SELECTOR, options=PATCH_OPTIONS)
LABEL = Struct(pairs=STRING_MAP, includeSelectors=BOOL, includeTemplates=BOOL, fields=FIELD_SPECS)
IMAGE = Struct(name=STR, newName=STR, tagSuffix=STR, newTag=STR, digest=STR)
REPLICA = Struct(name=STR, count=INT)

FIELD_OPTIONS = Struct(delimiter=STR, index=INT, encoding=STR, create=BOOL)
REPLACEMENT_SOURCE = Struct(RES_ID, fieldPath=STR, options=FIELD_OPTIONS)
REPLACEMENT_TARGET = Struct(
    select=SELECTOR, reject=ListOf(SELECTOR, pointers=True), fieldPaths=STRINGS, options=FIELD_OPTIONS
)
REPLACEMENT_FIELDS = {
    "source": REPLACEMENT_SOURCE,
    "targets": ListOf(REPLACEMENT_TARGET, pointers=True),
    "sourceValue": STR,
}
REPLACEMENT = Struct(**REPLACEMENT_FIELDS)
REPLACEMENT_OR_PATH = Struct(REPLACEMENT_FIELDS, path=STR)

VAR = Struct(
    name=STR,
    objref=Struct(GVK, apiVersion=STR, name=STR, namespace=STR),
    fieldref=Struct(fieldPath=STR),
)

GENERATOR_OPTIONS = Struct(
    labels=STRING_MAP, annotations=STRING_MAP, disableNameSuffixHash=BOOL, immutable=BOOL
)
GENERATOR_FIELDS = {
    "namespace": STR,
    "name": STR,
    "behavior": STR,
    "literals": STRINGS,
    "files": STRINGS,
    "envs": STRINGS,
    "env": STR,
    "options": GENERATOR_OPTIONS,
}
CONFIG_MAP_ARGS = Struct(**GENERATOR_FIELDS)
SECRET_ARGS = Struct(**GENERATOR_FIELDS, type=STR)

HELM_GLOBALS = Struct(chartHome=STR, configHome=STR)
HELM_CHART_FIELDS = {
    "name": STR,
    "version": STR,
    "repo": STR,
    "releaseName": STR,
    "namespace": STR,
    "additionalValuesFiles": STRINGS,
    "valuesFile": STR,
    "valuesInline": MapOf(ANY),
    "valuesMerge": STR,
    "includeCRDs": BOOL,
    "skipHooks": BOOL,
    "apiVersions": STRINGS,
    "kubeVersion": STR,
    "nameTemplate": STR,
    "skipTests": BOOL,
    "debug": BOOL,
    "devel": BOOL,
}
HELM_CHART = Struct(**HELM_CHART_FIELDS)
HELM_CHART_ARGS = Struct(
    chartName=STR,
    chartVersion=STR,
    chartRepoUrl=STR,
    chartHome=STR,
    chartRepoName=STR,
    helmBin=STR,
    helmHome=STR,
    values=STR,
    valuesLocal=MapOf(ANY),
    valuesMerge=STR,
    releaseName=STR,
    releaseNamespace=STR,
    extraArgs=STRINGS,
)

SORT_OPTIONS = Struct(order=STR, legacySortOptions=Struct(orderFirst=STRINGS, orderLast=STRINGS))

KUSTOMIZATION = Struct(
    kind=STR,
    apiVersion=STR,
    metadata=OBJECT_META,
    openapi=STRING_MAP,
    namePrefix=STR,
    nameSuffix=STR,
    namespace=STR,
    commonLabels=STRING_MAP,
    labels=ListOf(LABEL),
    commonAnnotations=STRING_MAP,
    patchesStrategicMerge=STRINGS,
    patchesJson6902=ListOf(PATCH),
    patches=ListOf(PATCH),
    images=ListOf(IMAGE),
    imageTags=ListOf(IMAGE),
    replacements=ListOf(REPLACEMENT_OR_PATH),
    replicas=ListOf(REPLICA),
    vars=ListOf(VAR),
    sortOptions=SORT_OPTIONS,
    resources=STRINGS,
    components=STRINGS,
    crds=STRINGS,
    bases=STRINGS,
    configMapGenerator=ListOf(CONFIG_MAP_ARGS),
    secretGenerator=ListOf(SECRET_ARGS),
    helmGlobals=HELM_GLOBALS,
    helmCharts=ListOf(HELM_CHART),
    helmChartInflationGenerator=ListOf(HELM_CHART_ARGS),
    generatorOptions=GENERATOR_OPTIONS,
    configurations=STRINGS,
    generators=STRINGS,
    transformers=STRINGS,
    validators=STRINGS,
    buildMetadata=STRINGS,
)

# A file in `configurations:`: the field specs that are added to the tables in `fieldspecs/`.
TRANSFORMER_CONFIG = Struct(
    **dict.fromkeys(TABLES, FIELD_SPECS),
    nameReference=ListOf(Struct(GVK, fieldSpecs=FIELD_SPECS)),
)
