import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'

const given = process.env.ISTHMUS_TEST_MARIADB
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error(
    'ISTHMUS_TEST_MARIADB is not set: it must be a mysql:// URL whose user may create databases',
  )

/** For `skip` of node:test. */
export const withoutMariadb = given === undefined ? 'no MariaDB: ISTHMUS_TEST_MARIADB is not set' : false

/** A mysql:// URL of the test server. */
export const mariadbUrl = given ?? 'mysql://absent.invalid/absent'

/** Names mean what they mean between double quotes, as in the other products; times are shown as text, in UTC. */
export async function openMariadb(url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({
    uri: url,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
  })
  connection.on('error', () => undefined)
  await connection.query("set time_zone = '+00:00', sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'")
  return connection
}

/** Makes an empty database and gives its URL. */
export async function freshDatabase(server = mariadbUrl): Promise<string> {
  const name = `isthmus_test_${randomBytes(6).toString('hex')}`
  await atServer(`create database ${name}`, server)
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Rejects where something holds it for longer than a minute, and tells what may: promises, or other connections. */
export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  const connection = await openMariadb(mariadbUrl)
  try {
    await connection.query('set lock_wait_timeout = 60')
    await connection.query(`drop database if exists ${name}`)
  } catch (cause) {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('xa recover')
    const promises = rows.map(({ data }) => String(data))
    const [others] = await connection.query(
      'select id, time, info from information_schema.processlist where db = ?',
      [name],
    )
    throw new Error(`${name} cannot be dropped: ${JSON.stringify({ promises, others })}`, { cause })
  } finally {
    await connection.end()
  }
}

async function atServer(text: string, server: string): Promise<void> {
  const connection = await openMariadb(server)
  try {
    await connection.query(text)
  } finally {
    await connection.end()
  }
}
