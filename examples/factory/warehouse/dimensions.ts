// Who and what the facts are about.
import { extract, model, present, sqlModel, Type, table, unique } from 'isthmus'
import { day, dw, firstPage, instant, markOf, materialList, nextPage, productList, Text } from './books.ts'
import { bornAsNumbered, cleaners, people, withFirstNumber } from './people.ts'
import { customerLog, workOrders } from './sources.ts'

const Material = model('DimMaterial', {
  version: 1,
  key: 'material',
  schema: Type.Object({
    material: Text,
    unit: Text,
    standard_price: Type.String({ pattern: '^\\d+\\.\\d{4}$' }),
  }),
})
export const dimMaterial = table(dw, 'dim_material', Material, {
  from: extract(materialList, { request: () => ({}), rows: rows => rows }).map(Material, {
    material: row => row.code,
    unit: row => row.unit,
    standard_price: row => row.price,
  }),
  checks: [unique(['material'])],
})

const Product = model('DimProduct', {
  version: 1,
  key: 'product',
  schema: Type.Object({ product: Text }),
})
export const dimProduct = table(dw, 'dim_product', Product, {
  from: extract(productList, { request: () => ({}), rows: rows => rows }).map(Product, {
    product: row => row.code,
  }),
  checks: [unique(['product'])],
})

const WorkOrder = model('DimWorkOrder', {
  version: 1,
  key: 'work_order',
  schema: Type.Object({ work_order: Text, line: Text }),
})
export const dimWorkOrder = table(dw, 'dim_work_order', WorkOrder, {
  from: extract(workOrders, { request: () => ({}), rows: answer => answer.workOrders }).map(WorkOrder, {
    work_order: row => row.number,
    line: row => row.line,
  }),
  checks: [unique(['work_order'])],
})

const Customer = model('DimCustomer', {
  version: 1,
  schema: Type.Object({ customer: Text, name: Text, city: Text, changed_at: instant }),
})
/** With history: where a customer was, and under which name, when it ordered. */
export const dimCustomer = table(dw, 'dim_customer', Customer, {
  from: extract(customerLog, {
    request: firstPage,
    rows: answer => answer.customerChanges.nodes,
    next: answer => nextPage(answer.customerChanges.nodes.map(({ no }) => no)),
    mark: ({ no }) => markOf(no),
  }).map(Customer, {
    customer: row => row.customer.number,
    name: row => row.customer.name,
    city: row => row.customer.city,
    changed_at: row => row.changedAt,
  }),
  load: { history: ['customer'], since: 'changed_at' },
  checks: [present(['customer', 'name'])],
})

const everybody = { request: () => ({ kind: 'inetOrgPerson' }), rows: withFirstNumber }

const Employee = model('DimEmployee', {
  version: 1,
  pii: ['name', 'mobile', 'identity', 'born'],
  schema: Type.Object({
    employee: Type.String({ description: 'Personnel number' }),
    same_as: Type.String({ description: 'The number under which the same person is known first' }),
    name: Text,
    department: Text,
    status: Text,
    mobile: Text,
    identity: Text,
    born: day,
    hired: day,
    changed_at: instant,
  }),
})
/** With history: in which department somebody was. Who is not what their identity number says waits for a person. */
export const dimEmployee = table(dw, 'dim_employee', Employee, {
  from: extract(people, everybody)
    .clean(cleaners)
    .validate([bornAsNumbered])
    .map(Employee, {
      employee: row => row.employeeNumber,
      same_as: row => row.firstNumber,
      name: row => row.displayName,
      department: row => row.departmentNumber,
      status: row => row.employeeType,
      mobile: row => row.mobile,
      identity: row => row.residentId,
      born: row => row.birthDate,
      hired: row => row.hireDate,
      changed_at: row => row.modifyTimestamp,
    }),
  load: { history: ['employee'], since: 'changed_at' },
  checks: [present(['employee', 'name'])],
})

const TypedEmployee = model('TypedEmployee', {
  version: 1,
  key: 'employee',
  pii: ['name', 'mobile', 'identity', 'born'],
  schema: Type.Object({ employee: Text, name: Text, mobile: Text, identity: Text, born: Text, hired: Text }),
})
/** What was typed, to compare with what was made of it. */
export const typedEmployee = table(dw, 'typed_employee', TypedEmployee, {
  from: extract(people, everybody).map(TypedEmployee, {
    employee: row => row.employeeNumber,
    name: row => row.displayName,
    mobile: row => row.mobile,
    identity: row => row.residentId,
    born: row => row.birthDate,
    hired: row => row.hireDate,
  }),
})

const Quality = model('DqEmployee', {
  version: 1,
  key: 'field',
  schema: Type.Object({
    field: Text,
    people: Type.Integer(),
    as_typed: Type.Integer({ description: 'Right as it was typed' }),
    cleaned: Type.Integer(),
    set_aside: Type.Integer({ description: 'People of whom something could not be cleaned' }),
    twice: Type.Integer({ description: 'Numbers of people who have another number already' }),
  }),
})
/** What cleaning made of the people of the HRM, field by field. */
export const dqEmployee = table(dw, 'dq_employee', Quality, {
  from: sqlModel`
    with compared as (
      select 'name' as field, t.employee, e.employee as known, e.same_as, t.name as typed, e.name as clean
      from ${typedEmployee} t left join ${dimEmployee} e on e.employee = t.employee and e.is_current
      union all
      select 'mobile' as field, t.employee, e.employee as known, e.same_as, t.mobile as typed, e.mobile as clean
      from ${typedEmployee} t left join ${dimEmployee} e on e.employee = t.employee and e.is_current
      union all
      select 'identity' as field, t.employee, e.employee as known, e.same_as, t.identity as typed, e.identity as clean
      from ${typedEmployee} t left join ${dimEmployee} e on e.employee = t.employee and e.is_current
      union all
      select 'born' as field, t.employee, e.employee as known, e.same_as, t.born as typed, cast(e.born as varchar) as clean
      from ${typedEmployee} t left join ${dimEmployee} e on e.employee = t.employee and e.is_current
      union all
      select 'hired' as field, t.employee, e.employee as known, e.same_as, t.hired as typed, cast(e.hired as varchar) as clean
      from ${typedEmployee} t left join ${dimEmployee} e on e.employee = t.employee and e.is_current
    )
    select field, count(*) as people,
      count(*) filter (where typed = clean) as as_typed,
      count(*) filter (where typed <> clean) as cleaned,
      count(*) filter (where known is null) as set_aside,
      count(*) filter (where same_as <> employee) as twice
    from compared group by field`,
  checks: [unique(['field'])],
})
