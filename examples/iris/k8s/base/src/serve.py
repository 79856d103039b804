"""The serving class that Seldon's Python wrapper loads."""

import mlflow.pyfunc


class IrisClassifier:
    """Loads the model that the storage initialiser put into /mnt/models, once, and predicts."""

    def __init__(self) -> None:
        self.model = mlflow.pyfunc.load_model("/mnt/models")

    def predict(self, X, features_names=None):  # noqa: N803 (Seldon's names)
        return self.model.predict(X)
