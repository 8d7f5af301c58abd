"""Papers and standards that the energy model rests on."""

from __future__ import annotations

from typing import Final

ISO_13790: Final = (
    "EN ISO 13790:2008. Energy performance of buildings: calculation of energy use for space "
    "heating and cooling."
)
TABULA: Final = (
    "Loga, T., Stein, B., Diefenbach, N. (2016). TABULA building typologies in 20 European "
    "countries. Energy and Buildings 132, 4-12."
)
KLEIN: Final = (
    "Klein, S. A. (1977). Calculation of monthly average insolation on tilted surfaces. Solar "
    "Energy 19, 325-329."
)
LIU_JORDAN: Final = (
    "Liu, B. Y. H., Jordan, R. C. (1963). The long-term average performance of flat-plate "
    "solar-energy collectors. Solar Energy 7, 53-74."
)
CITATIONS: Final = (ISO_13790, TABULA, KLEIN, LIU_JORDAN)
