"""Ask the web service of this container whether it is well: exit status 0 when its health page says so.

python -m config.healthy
"""

import os
import sys
import urllib.error
import urllib.request


def is_well() -> bool:
    """Say whether ``/health/`` answers with 200 under the first host name that the site has."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0]
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/", headers={"Host": host}
    )
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_well())
