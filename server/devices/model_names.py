"""What a model of laptops is called wherever models are counted, so that it is found again."""


def model_name(maker: str | None, model: str | None) -> str | None:
    """The model with its maker, unless it begins with it; None if the laptop named neither."""
    if not model or not maker or model.casefold().startswith(maker.casefold()):
        return model or maker
    return f"{maker} {model}"
