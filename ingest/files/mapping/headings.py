"""Headings of vendors' files in Chinese, English, Spanish and Portuguese: what they may mean."""

import re
import unicodedata

_UNITS = {
    word: unit
    for unit, words in {
        "speed_kmh": "kmh kph kmph kmporhora 公里小时 千米小时 公里时 千米时",
        "speed_dkmh": "01kmh 110kmh",
        "speed_mps": "ms mps 米秒",
        "speed_knots": "kn knot knots kt kts 节 nudos nos",
        "speed_mph": "mph",
    }.items()
    for word in words.split()
}
_WORDS: dict[str, str] = {
    "vehicle_id": """
        车牌号 车牌号码 车牌 车号 号牌号码 车辆号牌 车辆牌照 车辆编号 车辆名称 车辆
        自编号 车辆自编号
        vehicleid vehicle vehicleno vehiclenumber vehiclename
        vehiclereg vehicleregistration plate plateno platenumber
        licenseplate licenceplate registration registrationnumber
        regno truck truckid truckno unit unitid unitname unitno
        asset assetid assetname object objectname fleetno placa
        patente matricula dominio vehiculo veiculo unidad unidade
        camion caminhao movil movel placaveiculo placavehiculo
        economico numeroeconomico numeconomico prefixo interno
        """,
    "device": """
        终端号 终端编号 终端手机号 设备号 设备编号 设备名称 设备 终端id 设备id sim卡号 device
        deviceid devicename deviceno imei terminal terminalid
        tracker trackerid serial serialnumber equipo equipamento
        rastreador dispositivo
        """,
    "time": """
        定位时间 gps时间 时间 采集时间 上报时间 卫星时间 位置时间 日期时间 轨迹时间 上传时间
        gps定位时间
        eventtime time timestamp datetime gpstime gpsdatetime
        gpstimestamp fixtime devicetime positiontime
        positiondatetime messagetime recordedat recordtime
        localtime eventdatetime reporttime reportedat date gpsdate
        日期 定位日期 timeofday utctime utcdatetime utc ts epoch
        unixtime fecha fechahora fechayhora fechagps fechaevento
        horagps hora fechaposicion fechaposicao fechalocal data
        datahora dataehora datagps dataevento dataposicao
        datahoraposicao datahoragps horario instante momento
        datautc horautc fechautc fechahorautc
        """,
    "received_time": """
        接收时间 服务器时间 入库时间 系统时间 receivedtime receivedat receivetime
        servertime serverdatetime serverdate fecharecepcion
        fechaservidor horaservidor datarecepcao datahoraservidor
        dataservidor fecharecibido datarecebimento
        """,
    "longitude": """
        经度 gps经度 定位经度 longitude longitud lng lon long gpslongitude
        gpslon gpslng positionlongitude x coordx coordenadax
        """,
    "latitude": """
        纬度 gps纬度 定位纬度 latitude latitud lat gpslatitude gpslat
        positionlatitude y coordy coordenaday
        """,
    "speed": """
        速度 车速 gps速度 行驶速度 卫星速度 定位速度 speed gpsspeed groundspeed sog
        vehiclespeed velocity velocidad velocidade vel rapidez
        velocidadgps velocidadegps
        """,
    "heading_deg": """
        方向 方向角 航向 航向角 角度 行驶方向 heading course cog bearing direction
        angle azimuth track rumbo direccion direcao curso
        orientacion orientacao azimut azimute sentido angulo
        """,
    "accuracy_m": """
        精度 定位精度 accuracy horizontalaccuracy hacc precision
        precisao exactitud exatidao
        """,
    "hdop": "hdop 水平精度因子 pdop",
    "satellites": """
        卫星数 卫星个数 卫星数量 卫星 定位卫星数 satellites sats sat numsats
        satcount satellitecount satelites numsatelites nsat numsv
        """,
    "working": """
        作业状态 工作状态 上装状态 作业 working pto work working状态 trabajando
        trabalhando tomadefuerza tomadeforca tdf tdp emoperacao
        operando brushdown sweeping
        """,
}
_MEANS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_BRACKET = re.compile(r"[(\[{【](?P<unit>[^)\]}】]*)[)\]}】]")
_UNIT_ENDING = re.compile(r"[ _.\-](?P<unit>km[ _/]?h|kph|m[ _/]s|mps|knots?|kn|kts?|mph|nudos)$")
_DATUMS = {
    "gcj02": ("gcj02", "gcj", "火星", "高德", "amap"),
    "bd09": ("bd09", "百度", "baidu"),
    "wgs84": ("wgs84", "wgs"),
}
_NOISE = re.compile(
    r"(wgs84|gcj02|gcj|bd09ll|bd09|火星|高德|百度|baidu|amap|utc|gmt|local"
    r"|deg|degrees|度|grados|graus)"
)


def guess(heading: str) -> list[str]:
    """Give the targets that a heading may stand for, the likeliest first; none if it tells nothing.

    A time may be an instant, a date or a time of day, and a speed in any unit that the heading
    does not tell: that shows in the cells.
    """
    meaning = meaning_of(heading)
    if meaning is None:
        return []
    if meaning == "time":
        return ["event_time", "event_date", "event_clock"]
    if meaning == "speed":
        unit = unit_of(heading)
        return [unit] if unit else ["speed_kmh", "speed_mps", "speed_knots", "speed_mph"]
    if meaning in {"longitude", "latitude"}:
        return [meaning, f"{meaning}_e6", f"{meaning}_e7", f"{meaning}_dm"]
    return ["vehicle_id"] if meaning == "device" else [meaning]


def meaning_of(heading: str) -> str | None:
    """Tell what a heading is about, its unit set aside."""
    bare = _UNIT_ENDING.sub("", _plain(_BRACKET.sub(" ", _plain(heading))).strip())
    for word in (_word(_BRACKET.sub("", _plain(heading))), _word(bare)):
        if word in _MEANS:
            return _MEANS[word]
        less = _NOISE.sub("", word)
        if less in _MEANS:
            return _MEANS[less]
        if word in {"utc", "gmt"}:
            return "time"
    return None


def unit_of(heading: str) -> str | None:
    """Tell in which unit a speed is, if its heading says so."""
    plain = _plain(heading)
    for found in (_BRACKET.search(plain), _UNIT_ENDING.search(plain)):
        if found and (unit := _UNITS.get(_word(found["unit"]))):
            return unit
    return None


def datum_of(heading: str) -> str | None:
    """Tell in which datum a coordinate is, if its heading says so."""
    word = _word(heading)
    return next(
        (datum for datum, names in _DATUMS.items() if any(name in word for name in names)), None
    )


def is_utc(heading: str) -> bool:
    """Tell whether the heading of a time says that it is UTC."""
    return re.search(r"utc|gmt|世界时", _plain(heading)) is not None


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.replace("\ufeff", ""))
    return "".join(sign for sign in spread if not unicodedata.combining(sign)).casefold().strip()


def _word(text: str) -> str:
    return "".join(sign for sign in _plain(text) if sign.isalnum())
