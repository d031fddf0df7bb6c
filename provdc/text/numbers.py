"""Numbers as people of each language write them. Imports nothing of ours but the name of the language."""

from provdc.text import Lang

BILLION, MILLION = 10**9, 10**6
NBSP = "\u00a0"


def number(lang: Lang, value: float, digits: int = 0) -> str:
    """Return a number with grouped thousands.

    >>> number("en", 12345.678, 1), number("vi", 12345.678, 1)
    ('12,345.7', '12.345,7')
    """
    text = f"{value:,.{digits}f}"
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def short(lang: Lang, value: float) -> str:
    """Return a measured value with as many digits as are worth reading.

    >>> short("en", 4.0), short("en", 12.34), short("vi", 0.625), short("en", 1234.5)
    ('4', '12.3', '0,62', '1,234')
    """
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    return number(lang, value, digits)


def percent(lang: Lang, share: float, digits: int = 0) -> str:
    """Return a share as per cent, with a space that does not break.

    >>> percent("vi", 0.006, 1) == '0,6\u00a0%'
    True
    """
    return number(lang, share * 100, digits) + NBSP + "%"


def money(lang: Lang, vnd: float) -> str:
    """Return đồng in the unit that fits.

    >>> money("en", 18_420_000_000).replace(NBSP, " "), money("vi", 350_000_000).replace(NBSP, " ")
    ('18.42 bn VND', '350,0 triệu đồng')
    """
    if abs(vnd) >= BILLION:
        amount, unit = number(lang, vnd / BILLION, 2), {"en": "bn VND", "vi": "tỷ đồng"}[lang]
    elif abs(vnd) >= MILLION:
        amount, unit = number(lang, vnd / MILLION, 1), {"en": "m VND", "vi": "triệu đồng"}[lang]
    else:
        amount, unit = number(lang, vnd), {"en": "VND", "vi": "đồng"}[lang]
    return (amount + " " + unit).replace(" ", NBSP)


def change(lang: Lang, vnd: float) -> str:
    """Return a difference of money with its sign.

    >>> change("en", -11_100_000).replace(NBSP, " "), change("en", 0)[0]
    ('−11.1 m VND', '+')
    """
    return ("−" if vnd < 0 else "+") + money(lang, abs(vnd))


def seconds(lang: Lang, value: float) -> str:
    """Return a duration.

    >>> seconds("en", 0.4).replace(NBSP, " "), seconds("vi", 83.0).replace(NBSP, " ")
    ('0.4 s', '1 phút 23 s')
    """
    if value < 60:
        return number(lang, value, 0 if value >= 10 else 1) + NBSP + "s"
    minutes = {"en": "min", "vi": "phút"}[lang]
    return f"{int(value // 60)}{NBSP}{minutes}{NBSP}{int(value % 60)}{NBSP}s"
