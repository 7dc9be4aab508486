import { pick } from '../simulated/random.ts'
import type { CrmDatabase } from './database.ts'

const people = ['wu.fang', 'zhou.jun', 'xu.ling']
const cities = ['上海', '苏州', 'Wuxi', 'Ningbo', 'Zürich', "Xi'an"]
const firsts = ['华东', '长江', 'Delta', 'Müller & Söhne', 'Pudong', '<Nord>']
const seconds = ['机械', 'Pumps', 'Maschinen', '汽车零件', 'Robotics']

/** Somebody of sales wins a customer, or learns that one has another name or has moved. */
export function sell(db: CrmDatabase): void {
  const count = db.count('customers')
  const name = `${pick(firsts)} ${pick(seconds)} ${Math.ceil(999 * Math.random())}`
  const isNew = count < 8 || Math.random() < 0.05
  const number = `C${1001 + (isNew ? count : Math.floor(count * Math.random()))}`
  const change = isNew
    ? { name, city: pick(cities) }
    : Math.random() < 0.5
      ? { name }
      : { city: pick(cities) }
  db.put({ number, ...change }, pick(people))
}
