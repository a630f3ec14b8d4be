"""Lines of JSON with a policy, an action and a resource come in; what moto's IAM says goes out, a line each;
ERROR for a pattern that isn't a regular expression, as which moto takes it."""

import json
import re
import sys

from moto.iam.access_control import IAMPolicy

for line in sys.stdin:
    case = json.loads(line)
    policy = IAMPolicy(json.dumps(case["policy"]))
    try:
        print(policy.is_action_permitted(case["action"], case["resource"]).name)
    except re.error:
        print("ERROR")
