import { IsthmusError } from '../../errors.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'

/**
 * UN/ECE Recommendation 20 (revision 17), with an X before those of Recommendation 21 (packages): the code, then how people
 * write it. Signs in which case decides stand as they are; the others are compared in small letters.
 */
const written = `
H87 piece pieces pce pcs pc stk stück 个 件 只 支 枚 粒 颗 台 根 条 块 片 把 PCE 個
EA each
C62 one unit units
PR pair pairs 双 对 雙 對
SET sets 套 组
DZN dozen doz dz 打
CEN hundred
MIL thousand
T3 kpcs kpc 千个 千只 千件 千支 千片
KGM kg kgs kilo kilos kilogram kilograms kilogramme 千克 公斤 ㎏
GRM g gr gram grams gramme 克 公克
MGM mg milligram milligrams 毫克 ㎎
TNE t to ton tons tonne tonnes 吨 公吨 噸 公噸
LBR lb lbs pound pounds 磅
ONZ oz ounce ounces 盎司
LTR l ltr litre litres liter liters 升 公升
MLT ml millilitre milliliter 毫升 ㎖
HLT hl hectolitre hectoliter 百升
MTQ m3 m³ cbm 立方米 立方 ㎥
CMQ cm3 cm³ ccm 立方厘米
GLL gal gallon gallons 加仑
MTR m meter metre meters metres 米 公尺
CMT cm centimetre centimeter 厘米 公分 ㎝
MMT mm millimetre millimeter 毫米 ㎜
KMT km kilometre kilometer 千米 公里 ㎞
INH in inch inches 英寸 吋
FOT ft foot feet 英尺 呎
YRD yd yard yards 码
MTK m2 m² sqm qm 平方米 平米 平方 ㎡
CMK cm2 cm² 平方厘米
HAR ha hectare hectares 公顷
FTK ft2 sqft 平方英尺
SEC s sec secs second seconds 秒
MIN min mins minute minutes 分钟 分鐘
HUR h hr hrs hour hours std 小时 小時 工时
DAY d day days tag tage 天 日
WEE week weeks 周 星期
MON month months 月 个月
ANN year years 年
KWH kwh 千瓦时 度 千瓦小时
KWT kw 千瓦
WTT w watt watts 瓦
AMP a ampere 安培
VLT v volt volts 伏 伏特
HTZ hz hertz 赫兹
BAR bar 巴
KPA kpa 千帕
MPA mpa 兆帕
CEL °c ℃ celsius 摄氏度
P1 % percent 百分比
ST sheet sheets 张 張
XBX box boxes 盒
XCT carton cartons ctn ctns 箱 纸箱
XPX pallet pallets plt 托盘 托 栈板
XBG bag bags 袋 包
XBO bottle bottles 瓶
XDR drum drums 桶
XRO roll rolls 卷
XCX can cans 罐
RM ream reams
`

const known = new Map<string, string>()
for (const line of written.trim().split('\n')) {
  const [code = '', ...names] = line.split(' ')
  for (const name of [code, ...names]) known.set(name.toLowerCase(), code)
}

/**
 * The code of UN/ECE Recommendation 20 (of packages 21, with an X before it) for a unit as people write it: `公斤`, `kgs`
 * and `KGM` are `KGM`. `own` are names of your own: `{ 垛: 'XPX' }`. A name that has no code (斤) is refused.
 */
export function unit(own: Readonly<Record<string, string>> = {}): Cleaner<string, string> {
  return byName(
    'unit',
    own,
    value => {
      const name = plainText(value, 40, 'a unit').replace(/\.$/, '')
      // In SI a capital letter is another unit, but those that are codes.
      if (/^(?:Mg|MW|mW|Mm|Gg)$/.test(name)) return undefined
      return known.get(name.toLowerCase())
    },
    'a unit of measure that is known',
  )
}

/** ISO 4217, list one: codes that are current. */
const currencies = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP
CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD
XPF XPT YER ZAR ZMW ZWG`.split(/\s+/),
)

/** Names and signs of one currency only. $, ¥, 元 and kr are of several. */
const currencyNames = `
CNY rmb 人民币 人民幣 cn¥ cnh 元人民币 人民币元 renminbi
USD us$ 美元 美金 usdollar
EUR € euro euros 欧元 歐元
JPY jp¥ 日元 日圆 日圓 円 yen
GBP £ 英镑 英鎊 sterling
HKD hk$ 港元 港币 港幣
TWD nt$ ntd 新台币 新臺幣 新台幣 台币
KRW ₩ 韩元 韓元 韩币
SGD s$ 新加坡元 新币
AUD a$ au$ 澳元 澳大利亚元
CAD c$ ca$ 加元 加拿大元
NZD nz$ 新西兰元
CHF 瑞士法郎 sfr sfr. swissfrancs
INR ₹ 印度卢比
RUB ₽ 卢布 俄罗斯卢布
THB ฿ 泰铢
VND ₫ 越南盾
MYR rm 林吉特 马来西亚林吉特
IDR rp 印尼盾 印度尼西亚盾
PHP ₱ 菲律宾比索
TRY ₺ 土耳其里拉
ILS ₪
UAH ₴
NGN ₦
BRL r$ 巴西雷亚尔
PLN zł
CZK kč
HUF ft
MOP mop$ 澳门元 澳门币
ZAR 南非兰特
SEK 瑞典克朗
NOK 挪威克朗
DKK 丹麦克朗
`
const currencyOf = new Map<string, string>()
for (const line of currencyNames.trim().split('\n')) {
  const [code = '', ...names] = line.split(' ')
  for (const name of names) currencyOf.set(name, code)
}

/**
 * The code of ISO 4217 for a currency as people write it: `人民币`, `US$`, `€`, `eur`. Signs of several currencies (`$`, `¥`, `元`,
 * `kr`) are refused unless `own` says which is meant: `{ $: 'USD', '¥': 'CNY' }`.
 */
export function currency(own: Readonly<Record<string, string>> = {}): Cleaner<string, string> {
  for (const code of Object.values(own))
    if (!currencies.has(code))
      throw new IsthmusError('FLOW-DEFINITION', `currency(): ISO 4217 has no ${code}.`)
  return byName(
    'currency',
    own,
    currencyNamed,
    'a currency that is known, or its sign is of several: declare which is meant',
  )
}

/** Undefined for what is none, or the sign of several. */
export function currencyNamed(value: string): string | undefined {
  const name = plainText(value, 40, 'a currency').replaceAll('￥', '¥').replace(/\s/g, '')
  const code = name.toUpperCase()
  return currencies.has(code) ? code : currencyOf.get(name.toLowerCase())
}

function byName(
  what: string,
  own: Readonly<Record<string, string>>,
  find: (value: string) => string | undefined,
  wanted: string,
): Cleaner<string, string> {
  const plain = (name: string) => plainText(name, 40, wanted).replaceAll('￥', '¥').toLowerCase()
  const ours = new Map(Object.entries(own).map(([name, code]) => [plain(name), code]))
  const told = Object.entries(own).map(([name, code]) => `${JSON.stringify(name)}: '${code}'`)
  return named(`${what}(${told.length > 0 ? `{ ${told.join(', ')} }` : ''})`, value => {
    const found = ours.get(plain(value)) ?? find(value)
    if (found === undefined) throw unclean(value, wanted)
    return found
  })
}
