"""Check the web service of this container: the exit status is 0 if its health page answers.

python -m config.healthy
"""

import os
import sys
import urllib.error
import urllib.request


def is_well() -> bool:
    """Return whether ``/health/`` answers with 200 under the site's first host name."""
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
