"""Networks with letters to be chosen: what a choice of kernel, stride, padding, filters … gives, and what was asked.

>>> from examgrad.formula.tree import Number
>>> from examgrad.layers.design import read_design
>>> design = read_design([32, 32, 3], ["CONV(8, K, stride=S)"], ["K", "S"], {"shape": [15, 15, 8]})
>>> design.judge({"K": Number(4), "S": Number(2)}).right
True
>>> design.judge({"K": Number(5), "S": Number(1)}).findings[0].line
'⌊(32 − 5 + 2·0)/1⌋ + 1 = 28, and 15 was asked'
"""

from examgrad.layers.design.network import Choice as Choice
from examgrad.layers.design.network import Design as Design
from examgrad.layers.design.network import Finding as Finding
from examgrad.layers.design.network import Judgement as Judgement
from examgrad.layers.design.network import Letter as Letter
from examgrad.layers.design.network import Target as Target
from examgrad.layers.design.network import as_env as as_env
from examgrad.layers.design.network import envs_of as envs_of
from examgrad.layers.design.network import put_in as put_in
from examgrad.layers.design.network import show_value as show_value
from examgrad.layers.design.network import symbols_in as symbols_in
from examgrad.layers.design.reading import read_design as read_design
