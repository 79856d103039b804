"""Trains the iris classifier and logs it to MLflow."""

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

SEED = 42


def main() -> None:
    features, target = load_iris(return_X_y=True, as_frame=True)
    x_train, x_test, y_train, y_test = train_test_split(features, target, test_size=0.2, random_state=SEED)
    mlflow.set_experiment("iris")
    with mlflow.start_run():
        model = RandomForestClassifier(n_estimators=100, random_state=SEED).fit(x_train, y_train)
        predicted = model.predict(x_test)
        mlflow.log_metric("accuracy", accuracy_score(y_test, predicted))
        mlflow.sklearn.log_model(
            model, "model", signature=infer_signature(x_test, predicted), registered_model_name="iris"
        )


if __name__ == "__main__":
    main()
