import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds. The holder touches its file this often; one that it did not touch for so long is abandoned. */
const beat = 2_000
const silence = 15_000
/** On this machine its processes can be looked for; another program may have got the number of a dead one. */
const longest = 600_000

/**
 * Lets one process of a checkout do its work at a time: `work` is given a function that is told the processes that go
 * on when this one is killed. Waits while another process works, and says so once. The file of a process that died is
 * taken over. Gives what `work` gives, and whether it was waited for.
 */
export async function oneAtATime(root, work) {
  const path = join(root, '.install.lock')
  const waited = await take(path)
  const pids = [process.pid]
  const write = () => writeFileSync(path, JSON.stringify({ host: hostname(), pids }))
  write()
  const beating = setInterval(() => touch(path), beat)
  try {
    const result = await work(pid => {
      pids.push(pid)
      write()
    })
    return { result, waited }
  } finally {
    clearInterval(beating)
    rmSync(path, { force: true })
  }
}

/** Whether somebody works just now. */
export function isTaken(root) {
  const path = join(root, '.install.lock')
  const holder = holderOf(path)
  return holder !== undefined && !isAbandoned(holder)
}

async function take(path) {
  for (let waited = false; ; waited = true) {
    try {
      closeSync(openSync(path, 'wx'))
      return waited
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = holderOf(path)
    if (holder === undefined) continue
    if (isAbandoned(holder)) {
      // Another one that waits may have taken it over meanwhile.
      if (holderOf(path)?.text === holder.text) rmSync(path, { force: true })
      continue
    }
    if (!waited) console.error('Waiting for another process that installs the dependencies ...')
    await sleep(200)
  }
}

function holderOf(path) {
  try {
    return { text: readFileSync(path, 'utf8'), age: Date.now() - statSync(path).mtimeMs }
  } catch {
    return undefined
  }
}

function isAbandoned({ text, age }) {
  try {
    const { host, pids } = JSON.parse(text)
    if (host === hostname()) return age > longest || !pids.some(isAlive)
  } catch {
    // Its holder has not written into it yet, or never will.
  }
  return age > silence
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Whoever removed it did so knowingly.
  }
}
