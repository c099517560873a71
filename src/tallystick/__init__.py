"""tallystick: public claims beside public records.

What an agency says, laid beside what its own records show.

>>> import tallystick as ts
>>> ts.__version__
'0.1.0'
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
