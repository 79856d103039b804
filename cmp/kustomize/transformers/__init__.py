"""One transformation per file: a frozen config and one function over the resources.

Every module here has

    class Config(NamedTuple): ...                                   # what one entry says, parsed
    def configs(context: Context, specs: Specs) -> list[Config]     # the layer's own entries, in order
    def transform(resmap: ResMap, config: Config, context: Context) -> None

`configs` reads `context.kustomization` (canonical names, types checked by `cmp.kustomize.kustomization`) and
the field specs in force for the layer. `transform` changes the resources in place and calls
`resmap.touch()` if it changed an id. The built-in plugin configs of `transformers:` make the same `Config`s.
The order of a layer is the table `PIPELINE` of `cmp.kustomize.pipeline`.
"""
