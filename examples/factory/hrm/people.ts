import { pick } from '../simulated/random.ts'
import type { HrmDatabase } from './database.ts'

const departments = ['Stamping', 'Welding', 'Painting', 'Assembly', 'Quality']
// 𠮷, 㐂, 𬭎, ñ and ë take four bytes in GB18030.
const families = ['Wang', 'Li', 'Zhang', 'Chen', 'Liu', '欧阳', '𠮷田', 'Núñez']
const given = ['Wei', 'Na', 'Min', 'Jie', 'Yang', '建国', '㐂', '𬭎', 'Zoë']
/** The MES knows who works at its stations by these. */
const firstNames = ['Wang Wei', 'Li Na', 'Zhang Min', 'Chen Jie', 'Liu Yang']

/** The people of the beginning. */
export function staff(db: HrmDatabase): void {
  for (let n = db.employees().length; n < 12; n++)
    db.hire(firstNames[n] ?? `${pick(families)} ${pick(given)}`, pick(departments))
}

/** A directory tells times in whole seconds, so nobody is changed twice within one. */
const pauseOfOne = 2_000

/** Somebody joins, leaves, moves to another department, or marries. */
export function manage(db: HrmDatabase): void {
  const people = db.employees()
  const name = `${pick(families)} ${pick(given)}`
  const quiet = people.filter(
    ({ status, changedAt }) => status === 'active' && changedAt < Date.now() - pauseOfOne,
  )
  if (people.length < 12 || quiet.length === 0 || Math.random() < 0.2) {
    db.hire(name, pick(departments))
    return
  }
  const person = pick(quiet)
  const kind = Math.random()
  if (kind < 0.1) db.change({ ...person, status: 'left' })
  else if (kind < 0.5) db.change({ ...person, name })
  else db.change({ ...person, department: pick(departments) })
}
