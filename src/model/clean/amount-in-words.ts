import { add } from '../decimal.ts'
import { chineseNumber } from './chinese-number.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { decimal } from './number.ts'

// 支付结算办法, annex 1: 正确填写票据和结算凭证的基本规定 (People's Bank of China, 银发〔1997〕393号), rules 1 and 2.

const digits = '零壹贰叁肆伍陆柒捌玖'
const units = ['', '拾', '佰', '仟']
const bigUnits = ['', '万', '亿', '万亿']

/**
 * 大写金额 of an amount of renminbi: `16409.02` is `人民币壹万陆仟肆佰零玖元零贰分`. 整 stands behind 元 only. Exact below 10^16;
 * fractions of a 分 are refused.
 */
export const amountInWords: Cleaner<string | number, string> = named('amountInWords', value => {
  const amount = decimal({ scale: 2 })(value)
  const isNegative = amount.startsWith('-')
  const [yuan = '0', cents = '00'] = amount.replace('-', '').split('.')
  if (yuan.length > 16) throw unclean(value, 'an amount below 10,000,000,000,000,000')
  const [jiao, fen] = [Number(cents[0]), Number(cents[1])]
  const whole = yuan === '0' ? '' : `${yuanInWords(yuan)}元`
  return `人民币${isNegative ? '负' : ''}${whole}${centsInWords(whole, jiao, fen)}`
})

function centsInWords(whole: string, jiao: number, fen: number): string {
  if (jiao === 0 && fen === 0) return whole ? '整' : '零元整'
  const zero = whole && jiao === 0 ? '零' : ''
  return zero + (jiao > 0 ? `${digits[jiao]}角` : '') + (fen > 0 ? `${digits[fen]}分` : '')
}

function yuanInWords(yuan: string): string {
  const padded = yuan.padStart(Math.ceil(yuan.length / 4) * 4, '0')
  const sections = padded.match(/\d{4}/g) ?? []
  let words = ''
  let gap = false
  for (const [n, section] of sections.entries()) {
    const size = sections.length - 1 - n
    if (section === '0000') {
      gap = words !== ''
      // 壹万亿 has its 亿 once, also where nothing stands before it.
      if (size === 2 && words.endsWith('万')) words += '亿'
      continue
    }
    if (words && (gap || section.startsWith('0'))) words += '零'
    words += sectionInWords(section) + (size === 3 ? '万' : bigUnits[size])
    gap = false
  }
  return words
}

function sectionInWords(section: string): string {
  const made = [...section].map((digit, n) =>
    digit === '0' ? '零' : `${digits[Number(digit)]}${units[3 - n]}`,
  )
  return made
    .join('')
    .replace(/零+/g, '零')
    .replace(/^零|零$/g, '')
}

const wanted = '大写金额'

/** The amount that a 大写金额 says, with two places: `人民币壹万陆仟肆佰零玖元零贰分` is `16409.02`. All forms that the rules allow are read. */
export const amountFromWords: Cleaner<string, string> = named('amountFromWords', value => {
  const text = plainText(value, 100, wanted)
    .replace(/\s/g, '')
    .replace(/[(（]大写[)）]/, '大写')
  // An amount in digits is what this gives.
  if (/^-?\d+\.\d\d$/.test(text)) return text
  const bare = text.replace(/^(?:人民币|人民幣|RMB|CNY|¥|￥)?[::]?(?:大写[::]?)?/i, '').replace(/[整正]$/, '')
  const parts =
    /^([负負]?)(?:([零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億一二三四五六七八九十百千〇两]+)[元圆圓])?(?:零?([零壹贰貳叁參肆伍陆陸柒捌玖一二三四五六七八九])角)?(?:零?([零壹贰貳叁參肆伍陆陸柒捌玖一二三四五六七八九])分)?$/.exec(
      bare,
    )
  const [, sign = '', yuan, jiao, fen] = parts ?? []
  if (!parts || (yuan === undefined && jiao === undefined && fen === undefined)) throw unclean(value, wanted)
  const whole = yuan === undefined ? '0' : chineseNumber(yuan.replace(/(?<=.)零$/, ''))
  const cent = (digit: string | undefined) => (digit === undefined ? '0' : chineseNumber(digit))
  const [tenths, hundredths] = [cent(jiao), cent(fen)]
  if (whole === undefined || tenths === undefined || hundredths === undefined) throw unclean(value, wanted)
  const amount = add(whole, `0.${tenths}${hundredths}`)
  return sign && /[1-9]/.test(amount) ? `-${amount}` : amount
})
