import { type Cleaner, named, unclean } from './cleaner.ts'
import { singleSpaces, trim, visible } from './text.ts'
import { halfWidth } from './width.ts'

/** The name of a company in its parts. */
export interface CompanyName {
  /** What tells it from others: without the legal form. */
  readonly core: string
  /** The legal form in one spelling: `有限公司`, `GmbH`, `Ltd`. */
  readonly form: string | undefined
  /** A branch of a company: `合肥分公司`. */
  readonly branch: string | undefined
}

/** Forms at the end of a name, the one spelling first. Chinese ones by 公司法 and 合伙企业法; 公司 alone is none by law, but is in names of before. */
const chineseForms = [
  '股份有限公司',
  '有限责任公司 有限責任公司',
  '有限公司',
  '有限合伙 (有限合伙)',
  '普通合伙 (普通合伙)',
  '特殊普通合伙 (特殊普通合伙)',
  '个人独资 (个人独资)',
  '个体工商户 (个体工商户)',
  '股份公司',
  '农民专业合作社 专业合作社',
  '合作社',
  '公司',
]
const otherForms = [
  'GmbH & Co. KG;gmbh & co kg;gmbh und co kg;gmbh & co. kg',
  'GmbH & Co. KGaA;gmbh & co kgaa',
  'GmbH;gesellschaft mit beschränkter haftung;gmbh;mbh',
  'AG;aktiengesellschaft;ag',
  'KGaA;kgaa',
  'KG;kommanditgesellschaft;kg',
  'OHG;ohg',
  'UG (haftungsbeschränkt);ug (haftungsbeschränkt);ug',
  'e.K.;e k;ek;e.kfm',
  'e.V.;e v',
  'SE;se',
  'Pty Ltd;pty ltd;pty limited;proprietary limited',
  'Pte Ltd;pte ltd;pte limited;private limited company',
  'Pvt Ltd;pvt ltd;private limited;pvt limited',
  'Co Ltd;co ltd;company limited;co limited',
  'Ltd;limited;ltd;ltda',
  'PLC;plc;public limited company',
  'LLC;llc;l l c;limited liability company',
  'LLP;llp;limited liability partnership',
  'LP;lp;limited partnership',
  'Inc;incorporated;inc;incorporation',
  'Corp;corporation;corp',
  'Co;company;co',
  'S.A.;sa;s a;société anonyme;sociedad anónima',
  'S.A.S.;sas;s a s',
  'S.A.R.L.;sarl;s a r l',
  'S.L.;sl;s l;sociedad limitada',
  'S.p.A.;spa;s p a',
  'S.r.l.;srl;s r l',
  'B.V.;bv;b v',
  'N.V.;nv;n v',
  'AB;ab;aktiebolag',
  'A/S;a/s;aktieselskab',
  'ApS;aps',
  'AS;as',
  'ASA;asa',
  'Oy;oy',
  'Oyj;oyj',
  'Sp. z o.o.;sp z o o;sp zoo;spółka z ograniczoną odpowiedzialnością',
  's.r.o.;s r o;sro',
  'a.s.;a s',
  'Kft.;kft',
  'Zrt.;zrt',
  'Lda;lda',
  'OOO;ooo;ооо',
  'K.K.;kabushiki kaisha;k k;kk',
  'Sdn Bhd;sdn bhd',
  'Bhd;bhd',
]

interface Form {
  readonly form: string
  readonly words: string
}

/** Longest first: the form of `X Pty Ltd` is not `Ltd`. */
const forms: readonly Form[] = otherForms
  .flatMap(line => {
    const [form = '', ...ways] = line.split(';')
    return [form, ...ways].map(words => ({ form, words: plainWords(words) }))
  })
  .toSorted((a, b) => b.words.length - a.words.length)

const chinese: readonly Form[] = chineseForms
  .flatMap(line => {
    const [form = '', ...ways] = line.split(' ')
    return [form, ...ways].map(words => ({ form, words }))
  })
  .toSorted((a, b) => b.words.length - a.words.length)

const wanted = 'the name of a company'

/** Splits the name of a company into what tells it from others, its legal form, and the branch. Nothing is translated. */
export const companyName: Cleaner<string, CompanyName> = named('companyName', value => {
  if (value.length > 300) throw unclean(value, wanted)
  const name = trim(singleSpaces(visible(halfWidth(value))))
  if (!/[\p{L}\p{N}]/u.test(name)) throw unclean(value, wanted)
  return japanese(name) ?? inChinese(name) ?? western(name)
})

function japanese(name: string): CompanyName | undefined {
  const parts =
    /^(株式会社|有限会社|合同会社|\(株\)|㈱)\s?(.+)$|^(.+?)\s?(株式会社|有限会社|合同会社|\(株\)|㈱)$/.exec(
      name,
    )
  const [, before, behindIt = '', ahead = behindIt, after = before] = parts ?? []
  if (!parts || after === undefined) return undefined
  return { core: ahead, form: /^\(株\)|㈱$/.test(after) ? '株式会社' : after, branch: undefined }
}

/** Only where a form ends it, or a branch stands behind one: what else ends in 部 or 行 is a name. */
function inChinese(name: string): CompanyName | undefined {
  if (!/\p{Script=Han}/u.test(name)) return undefined
  const whole = name.replaceAll(' ', '')
  if (chinese.some(({ words }) => words === whole)) throw unclean(name, `${wanted}: it is a legal form alone`)
  const last = longestAtEnd(whole)
  if (last && last.form !== '公司') return { ...without(whole, last), branch: undefined }
  for (const each of chinese.slice(0, -1)) {
    const at = whole.lastIndexOf(each.words)
    const branch = whole.slice(at + each.words.length)
    if (at > 0 && /(?:分公司|支公司|分行|支行|分店|办事处|营业部|分厂|分部|经营部)$/.test(branch))
      return { ...without(whole.slice(0, at + each.words.length), each), branch }
  }
  if (last && !/(?:分|支)公司$/.test(whole)) return { ...without(whole, last), branch: undefined }
  return { core: whole, form: undefined, branch: undefined }
}

function longestAtEnd(name: string): Form | undefined {
  return chinese.find(({ words }) => name.length > words.length && name.endsWith(words))
}

function without(name: string, { form, words }: Form): Pick<CompanyName, 'core' | 'form'> {
  return { core: name.slice(0, name.length - words.length), form }
}

function western(name: string): CompanyName {
  const words = name.split(' ')
  // A form has four words at most; one more may be cut off by its points.
  for (let count = Math.min(6, words.length - 1); count > 0; count--) {
    const end = plainWords(words.slice(-count).join(' '))
    const found = forms.find(each => each.words === end)
    if (found) {
      const core = words
        .slice(0, -count)
        .join(' ')
        .replace(/[\s,;]+$/, '')
      if (core !== '') return { core, form: found.form, branch: undefined }
    }
  }
  return { core: name, form: undefined, branch: undefined }
}

/** In small letters, without points and commas. */
function plainWords(text: string): string {
  return text.toLowerCase().replace(/[.,]/g, ' ').replace(/\s+/g, ' ').trim()
}
