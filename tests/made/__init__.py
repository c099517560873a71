"""Made-up workbooks: one shape a fiscal year, on a date within it."""

from datetime import date

SHAPES = {
    "FY19": date(2019, 9, 30),
    "FY20": date(2020, 9, 30),
    "FY21": date(2021, 3, 27),
    "FY22": date(2022, 7, 16),
    "FY23": date(2023, 5, 6),
    "FY24": date(2024, 3, 23),
    "FY25": date(2025, 6, 14),
    "FY26": date(2026, 1, 24),
}
