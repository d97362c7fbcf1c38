# SPDX-License-Identifier: LGPL-2.1-or-later
# The C functions, one to one; private to the package.
from typing import Any

def __getattr__(name: str) -> Any: ...
