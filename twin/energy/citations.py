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
ISO_52016: Final = (
    "EN ISO 52016-1:2017. Energy performance of buildings: energy needs for heating and cooling, "
    "internal temperatures and sensible and latent heat loads. Part 1: calculation procedures."
)
PEREZ: Final = (
    "Perez, R., Ineichen, P., Seals, R., Michalsky, J., Stewart, R. (1990). Modeling daylight "
    "availability and irradiance components from direct and global irradiance. Solar Energy 44, "
    "271-289."
)
PVLIB: Final = (
    "Anderson, K. S., Hansen, C. W., Holmgren, W. F., Jensen, A. R., Mikofski, M. A., Driesse, A. "
    "(2023). pvlib python: 2023 project update. Journal of Open Source Software 8(92), 5994."
)
WALTON: Final = (
    "Walton, G. N. (1983). Thermal analysis research program reference manual. National Bureau of "
    "Standards, NBSIR 83-2655."
)
MOWITT: Final = (
    "Yazdanian, M., Klems, J. H. (1994). Measurement of the exterior convective film coefficient "
    "for windows in low-rise buildings. ASHRAE Transactions 100(1), 1087-1096."
)
CARROLL: Final = (
    "Carroll, J. A. (1980). An MRT method of computing radiant energy exchange in rooms. "
    "Proceedings of the second systems simulation and economic analysis conference, San Diego."
)
EN_673: Final = "EN 673:2011. Glass in building: determination of thermal transmittance (U value)."
KUSUDA: Final = (
    "Kusuda, T., Achenbach, P. R. (1965). Earth temperature and thermal diffusivity at selected "
    "stations in the United States. ASHRAE Transactions 71(1), 61-75."
)
ISO_13370: Final = (
    "EN ISO 13370:2017. Thermal performance of buildings: heat transfer via the ground."
)
EN_16798: Final = (
    "EN 16798-1:2019. Energy performance of buildings: ventilation for buildings. Part 1: indoor "
    "environmental input parameters (use schedules, summer comfort)."
)
HOURLY: Final = (
    ISO_13370,
    ISO_52016,
    ISO_13790,
    PEREZ,
    PVLIB,
    WALTON,
    MOWITT,
    CARROLL,
    EN_673,
    KUSUDA,
)
