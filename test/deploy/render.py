# Renders and lints charts with Helm's own library: {"chart": DIR, "lint": VERSION, "cases": {NAME: VALUES}} on standard input.
import json
import sys

import helm_python

order = json.load(sys.stdin)
answer = {"lint": helm_python.lint(order["chart"], strict=True, kube_version=order["lint"]), "cases": {}}
with helm_python.Chart.load(order["chart"]) as chart:
    for name, values in order["cases"].items():
        try:
            answer["cases"][name] = {"files": chart.render(values, name="plant", namespace="integration")}
        except helm_python.HelmError as error:
            answer["cases"][name] = {"error": str(error)}
json.dump(answer, sys.stdout)
