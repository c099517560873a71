"""The project of made-up releases that tests of claims use stands for comparisons too."""

from tests.claims.conftest import made_project as made_project
