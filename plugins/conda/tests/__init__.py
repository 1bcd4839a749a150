"""Run by ``npm run test:interop``, against the stand-in for conda."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "stand_in")]
