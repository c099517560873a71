"""The project of made-up releases that tests of claims use stands for comparisons too."""

from tests.claims.conftest import made_project

__all__ = ["made_project"]
