import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import {
  chain,
  chineseAddress,
  companyName,
  currency,
  date,
  each,
  email,
  firstOf,
  oneOf,
  phone,
  trim,
  unit,
} from './index.ts'

const refused = (clean: (value: string) => unknown, ...values: readonly string[]) => {
  for (const value of values)
    assert.throws(
      () => clean(value),
      (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE',
      value,
    )
}

test('telephone numbers of China and others in the form of E.164', () => {
  const known = {
    '138-0013-8000': '+8613800138000',
    '１３８００１３８０００': '+8613800138000',
    '(010) 6552-9988': '+861065529988',
    '+86 (0)10 65529988': '+861065529988',
    '86 138 0013 8000': '+8613800138000',
    '0086 10 65529988': '+861065529988',
    '电话：0571 8888 8888': '+8657188888888',
    'tel:+49-30-123456': '+4930123456',
    '400-812-3123': '+864008123123',
  }
  for (const [written, number] of Object.entries(known)) assert.equal(phone('CN')(written), number, written)
  assert.equal(phone('CN')('+8613800138000'), '+8613800138000')
  assert.equal(phone('US')('(212) 555-2368'), '+12125552368')
  refused(
    phone('CN'),
    '12345',
    '021-61234567转808',
    '13800138000 ext 3',
    '138001380000',
    '',
    'phone',
    '1380013800O',
  )
  refused(phone('CN', { type: 'mobile' }), '010 65529988')
  for (const region of ['cn', 'CHN', 'XX', ''])
    assert.throws(() => phone(region), { code: 'FLOW-DEFINITION' })
  assert.equal(phone('CN', { type: 'fixed' }).name, "phone('CN', { type: 'fixed' })")
})

test('e-mail addresses, the domain as DNS has it', () => {
  const known = {
    ' Wang@Example.COM ': 'Wang@example.com',
    'Wang <a.b@例子.中国>': 'a.b@xn--fsqu00a.xn--fiqs8s',
    'mailto:a@b.co': 'a@b.co',
    '"a b"@x.org': '"a b"@x.org',
    '"a@b"@x.org': '"a@b"@x.org',
    'a＠b．com': 'a@b.com',
    'a@b。com': 'a@b.com',
    'a @ b.com;': 'a@b.com',
    'user+tag@sub.example.co.uk': 'user+tag@sub.example.co.uk',
    '用户@例子.广告': '用户@xn--fsqu00a.xn--4rr70v',
  }
  for (const [written, address] of Object.entries(known)) assert.equal(email(written), address, written)
  refused(
    email,
    'a..b@x.org',
    '.a@x.org',
    'a.@x.org',
    'a@b',
    'a@b@c.com',
    'x@[127.0.0.1]',
    'a@1.2.3.4',
    'a b@x.org',
    '@x.org',
  )
  refused(
    email,
    'a@-x.org',
    'a@x-.org',
    'a@x..org',
    '"a@x.org',
    `${'a'.repeat(65)}@x.org`,
    'a@b.com, c@d.com',
    'a@x/y.org',
    '',
  )
})

test('addresses of China in their divisions', () => {
  const parts = (text: string) => {
    const { province, city, district, rest, code } = chineseAddress(text)
    return [province, city, district, rest, code].map(part => part ?? '').join('|')
  }
  const known = {
    浙江省杭州市西湖区文三路1号: '浙江省|杭州市|西湖区|文三路1号|330106',
    ' 浙江 杭州 西湖区 文三路': '浙江省|杭州市|西湖区|文三路|330106',
    杭州西湖区文三路: '浙江省|杭州市|西湖区|文三路|330106',
    北京市朝阳区建国路: '北京市|北京市|朝阳区|建国路|110105',
    北京朝阳区: '北京市|北京市|朝阳区||110105',
    上海市上海市浦东新区世纪大道: '上海市|上海市|浦东新区|世纪大道|310115',
    重庆市县城口县: '重庆市|重庆市|城口县||500229',
    广东省东莞市长安镇: '广东省|东莞市||长安镇|441900',
    河南省济源市某路: '河南省|济源市||某路|419001',
    内蒙古呼和浩特市新城区: '内蒙古自治区|呼和浩特市|新城区||150102',
    恩施土家族苗族自治州恩施市: '湖北省|恩施土家族苗族自治州|恩施市||422801',
    中国吉林省吉林市船营区: '吉林省|吉林市|船营区||220204',
    西藏拉萨: '西藏自治区|拉萨市|||540100',
    海淀区中关村: '北京市|北京市|海淀区|中关村|110108',
    浙江省西湖区: '浙江省|杭州市|西湖区||330106',
    香港特别行政区中环: '香港特别行政区|||中环|810000',
  }
  for (const [written, wanted] of Object.entries(known)) assert.equal(parts(written), wanted, written)
  refused(chineseAddress, '朝阳区建国路', '浙江省南京市', '上海路1号', 'abc', '', '某某街道')
})

test('units and currencies as people write them', () => {
  const units = {
    千克: 'KGM',
    KGS: 'KGM',
    公斤: 'KGM',
    KGM: 'KGM',
    吨: 'TNE',
    个: 'H87',
    'pcs.': 'H87',
    '㎡': 'MTK',
    'm²': 'MTK',
    Tonne: 'TNE',
  }
  for (const [written, code] of Object.entries(units)) assert.equal(unit()(written), code, written)
  assert.equal(unit({ 垛: 'XPX' })('垛'), 'XPX')
  refused(unit(), '斤', 'MW', '', 'kilo gramme')
  const currencies = { 人民币: 'CNY', rmb: 'CNY', '€': 'EUR', US$: 'USD', usd: 'USD', 日圆: 'JPY' }
  for (const [written, code] of Object.entries(currencies)) assert.equal(currency()(written), code, written)
  refused(currency(), '$', '¥', '￥', '元', 'kr', 'DEM', '')
  const own = currency({ $: 'USD', '¥': 'CNY', 元: 'CNY' })
  assert.deepEqual([own('$'), own('￥'), own('元')], ['USD', 'CNY', 'CNY'])
  assert.throws(() => currency({ $: 'USX' }), { code: 'FLOW-DEFINITION' })
})

test('names of companies in their parts', () => {
  const parts = (name: string) => {
    const { core, form, branch } = companyName(name)
    return [core, form ?? '', branch ?? ''].join('|')
  }
  const known = {
    常州途畅互联网科技有限公司合肥分公司: '常州途畅互联网科技|有限公司|合肥分公司',
    '灵动传媒科技（绍兴）有限公司': '灵动传媒科技(绍兴)|有限公司|',
    生茂光电科技股份有限公司: '生茂光电科技|股份有限公司|',
    '上海某某合伙企业（有限合伙）': '上海某某合伙企业|有限合伙|',
    深圳罗湖地产广告公司: '深圳罗湖地产广告|公司|',
    农工商超市: '农工商超市||',
    'Müller GmbH & Co. KG': 'Müller|GmbH & Co. KG|',
    'Siemens Aktiengesellschaft': 'Siemens|AG|',
    'CGI FEDERAL INCORPORATED': 'CGI FEDERAL|Inc|',
    'Acme Co., Ltd.': 'Acme|Co Ltd|',
    'Foo S. A.': 'Foo|S.A.|',
    'Foo sp. z o.o.': 'Foo|Sp. z o.o.|',
    'Ｆｏｏ　Ｌｔｄ': 'Foo|Ltd|',
    トヨタ自動車株式会社: 'トヨタ自動車|株式会社|',
    '株式会社 日立': '日立|株式会社|',
    Ltd: 'Ltd||',
  }
  for (const [name, wanted] of Object.entries(known)) assert.equal(parts(name), wanted, name)
  refused(companyName, '', ' ', '---')
})

test('cleaners combine, and say how', () => {
  assert.equal(chain(trim, (text: string) => text.length)('  ab '), 2)
  assert.equal(chain(trim, date()).name, 'chain(trim, date())')
  assert.deepEqual(each(trim)([' a', 'b ']), ['a', 'b'])
  const first = firstOf(date({ order: 'dmy' }), date({ serial: 1900 }))
  assert.deepEqual([first('1/2/2026'), first('45000')], ['2026-02-01', '2023-03-15'])
  assert.throws(() => first('soon'), /order|a date.*; /)
  const level = oneOf({ low: ['niedrig', '低'], high: ['高'] })
  assert.deepEqual([level(' LOW '), level('低'), level('高')], ['low', 'low', 'high'])
  refused(level, 'middle', '')
  assert.throws(() => oneOf({ a: ['x'], b: ['X'] }), { code: 'FLOW-DEFINITION' })
})

test('a legal form alone is no name, and a household business has its form', () => {
  assert.throws(() => companyName('有限公司'), { code: 'CLEAN-VALUE', message: /a legal form alone/ })
  assert.deepEqual(companyName('苏州某某五金店（个体工商户）'), {
    core: '苏州某某五金店',
    form: '个体工商户',
    branch: undefined,
  })
})
