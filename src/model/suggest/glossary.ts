/**
 * Words of business records by what they mean: `concept = English words, abbreviations, names of SAP fields = 中文`. A star
 * marks things whose plain name stands for their number, as `Supplier` does in SAP; a plus what is put together of other
 * concepts. Words and translations are our own
 * collection; SAP field names are those of its published data dictionary (EKKO, EKPO, VBAK, VBAP, MARA, KNA1, LFA1, BKPF).
 */
export const glossaryText = `
number = number,no,nr,num,nbr = 号,编号,号码,单号,序号
id = id,identifier,identity,uid,guid,uuid,key = 标识,主键
code = code,cd = 编码,代码,码
name = name,nm = 名称,名字,姓名,全称
short name = short name,abbreviation = 简称,缩写
description = description,desc,descr,text,txt,maktx,txz01,arktx,label = 描述,说明,摘要
type = type,kind,typ,bsart,auart,mtart,category,cat = 类型,类别,种类,分类
status = status,state,stat,gbstk = 状态
remark = remark,remarks,note,notes,comment,comments,memo = 备注,注释,附注,留言
reference = reference,ref,xblnr,bstkd,ihrez = 参考,参考号,引用
version = version,revision,rev,ver = 版本,修订
date = date,dt,dat,day,on = 日期,日
time = time,timestamp,datetime,tm,at = 时间,时刻
start = start,begin,from,effective,valid from,datab = 开始,起始,生效
end = end,until,expiry,expire,expiration,valid to,datbi = 结束,截止,失效,到期
start date+ = start date,valid from,effective from = 启用日期,生效日期,开始日期
end date+ = end date,valid to,valid until,validity date,valid thru = 停用日期,失效日期,结束日期,有效期至
due = due,payable,zfbdt = 应付,应收,到期应付
created = created,create,creation,entered,erdat,issued = 创建,建立,录入,制单,建档
changed = changed,change,updated,update,modified,aedat,last change,last changed = 修改,更新,变更
approved = approved,approval,approve,released,release,frgke = 审核,审批,批准,核准
published = published,publish,publication = 发布
issue = issue = 开具,开票
posted = posting,posted,budat = 过账,记账
user = user,by,ernam,operator,author = 用户,操作员,人,操作人
created by+ = created by,creator,created user = 创建人,制单人,录入人,创建者,建档人
changed by+ = changed by,modified by,updated by,last changed by = 修改人,变更人,更新人
approved by+ = approved by,approver = 审核人,审批人,批准人
order* = order,ord,orders = 订单,单
purchase = purchase,purchasing,purch,pur,purg,procurement = 采购,进货
purchase order+ = po,ebeln,purchase order = 采购订单
sales = sales,sale,sls = 销售,售
sales order+ = so,vbeln,sales order = 销售订单
line = line,position,pos,row,detail,details,ebelp,posnr,buzei,lines,line item,line items,order details,order lines = 行,明细,行号,行项目,分录
invoice* = invoice,inv,bill,billing document,vbrk = 发票,账单
document = document,doc,belnr,voucher document = 单据,凭证,文档
delivery = delivery,deliver,deliv,lieferung,dlv = 交货,送货,交付,发货
delivery date+ = delivery date,eindt,requested delivery,required = 交期,交货日期,要求交货,需求日期,到货日期
order date+ = order date,bedat,audat = 订单日期,下单日期,下单时间,订货日期
ship = ship,shipped,shipping,shipment,shipto,ship to = 装运,运输,收货,配送
bill to = bill to,billing,billto,payer,sold to = 付款方,开票方,账单地址
return = return,returned,rma = 退货,退回
receipt = receipt,receiving,goods receipt,gr,wemng = 入库,收货单,签收
requested = requested,request,requisition,banfn = 请购,申请,要求
quotation = quotation,quote,offer,rfq = 报价,询价,报价单
contract* = contract,agreement,konnr,ctr = 合同,协议
project* = project,prj,wbs,proj,pspnr = 项目,工程
supplier* = supplier,vendor,seller,lifnr,suppl,vend,sup = 供应商,供方,卖方,供货商,厂商
customer* = customer,cust,client,kunnr,kunag,debtor = 客户,顾客,买方,客商,购货单位
buyer = buyer,purchaser,purchasing agent = 采购员,买手
salesperson* = salesperson,sales rep,seller person,employee sales,vkgrp = 业务员,销售员,销售人员,销售代表
partner* = partner,party,bp,business partner = 伙伴,往来单位,合作伙伴,单位
contact = contact,contact person,ansprechpartner,attn = 联系,联系人,联络人
employee* = employee,emp,staff,pernr,worker,personnel = 员工,职员,雇员,人员,工号
manager = manager,mgr,supervisor = 经理,负责人,主管
department* = department,dept,abteilung = 部门,科室
company* = company,corp,corporation,firm,organisation,enterprise,legal entity = 公司,企业
company code+ = company code,bukrs = 公司代码,账套
organization* = organization,org,vkorg = 组织,机构,组织机构
purchase organization+ = purchasing organization,purchase organization,ekorg = 采购组织
purchase group+ = purchasing group,ekgrp,purchase group = 采购组
group = group,grp,class = 组,组别
plant* = plant,werks,factory,site = 工厂,厂,厂区
warehouse* = warehouse,whs,wh,store,depot,stockroom = 仓库,仓,库房
storage location* = storage location,lgort,sloc,storage,stock location = 库位,存储地点,货位,储位
bin = bin,lgpla,shelf = 仓位,货架
location = location,loc,place = 地点,位置
country = country,land1,nation,ctry = 国家,国别
region = region,province,regio,county = 省,省份,地区,区域
city = city,town,ort01 = 城市,市
district = district,city area = 区,县,区县
street = street,stras,address line,address line 1,street address,street address 1,addr = 街道,详细地址
address = address,adr,adrnr = 地址,住址
postcode = postcode,postal code,zip,zip code,plz,pstlz,post code = 邮编,邮政编码
phone = phone,telephone,tel,telf1,phone number,telephone number = 电话,座机
mobile = mobile,cell,cellphone,mobile phone,telf2 = 手机,手机号,移动电话
fax = fax,telfx,facsimile = 传真
email = email,mail,e mail,email address,smtp addr = 邮箱,电子邮件,邮件
website = website,url,web,homepage = 网址,网站
title = title,salutation,job title = 职务,职称,称谓,职位
first name = first name,given name,fname = 名
last name = last name,surname,family name,lname = 姓
birthday = birthday,birth date,date of birth,dob,gbdat = 生日,出生日期
gender = gender,sex,gesch = 性别
language = language,lang,spras,locale,spr = 语言,语种
currency* = currency,curr,cur,cuky,waers,ccy,currency code = 币种,货币,币别
exchange rate = exchange rate,kursf,fx rate,currency rate,conversion rate = 汇率
rate = rate,ratio,kurs,pct,percent,percentage = 率,比率,比例,百分比
amount = amount,amt,value,sum,betrag,wrbtr,dmbtr = 金额,额,款
price = price,prc,netpr,preis,cost price,rate price = 单价,价格,价
unit price = unit price,unit amount,price each,verpr = 单价,销售单价,采购单价
price unit = price unit,peinh,price quantity,kpein = 价格单位
total = total,tot,grand,overall = 合计,总计,总额,总,共计
subtotal = subtotal,sub total,line extension = 小计
gross = gross,tax inclusive,incl tax,including tax,brutto,brgew,with tax,taxed = 含税,价税合计,毛
gross total+ = grand total
net = net,nett,netwr,tax exclusive,excl tax,excluding tax,netto,without tax,untaxed = 不含税,未税,净,净额
tax = tax,vat,gst,mwst,steuer,mwsbp = 税,税款,税金
tax amount+ = tax amount,tax value,total tax = 税额
tax rate+ = tax rate,vat rate,tax percent = 税率
tax code+ = tax code,mwskz,tax category,tax type,tax class = 税码,税种,税收分类
tax number+ = tax number,vat number,tax id,vat id,stceg,stcd1,tax registration = 税号,纳税人识别号,统一社会信用代码,社会信用代码
discount = discount,disc,rebate,rabatt,allowance,reduction = 折扣,优惠,折让,减免
surcharge = surcharge,charge,extra charge = 附加费,加价
freight = freight,shipping cost,shipping price,transport cost,frt,carriage = 运费,运输费,物流费
fee = fee,fees,commission = 费用,手续费,佣金
cost = cost,costs,cst = 成本,费
paid = paid,payment made,prepaid = 已付,已收,实付
payment = payment,pay,pmt,settlement = 付款,支付,收款,结算
payment terms* = payment terms,zterm,terms of payment,pay terms = 付款条件,付款条款,账期
payment method = payment method,zlsch,payment means = 付款方式,支付方式,结算方式
balance = balance,bal,saldo = 余额,结余
debit = debit,dr,soll = 借,借方
credit = credit,haben = 贷,贷方
account* = account,acct,acc,saknr,hkont,gl account,ledger account = 科目,账户,账号,会计科目
bank = bank,banks,bankl = 银行,开户行,开户银行
bank account+ = bank account,bankn = 银行账号,银行账户
iban = iban
bic = bic,swift,swift code,bic code
cost center* = cost center,cost centre,kostl,accounting cost = 成本中心
profit center* = profit center,profit centre,prctr = 利润中心
ledger = ledger,gl,general ledger = 总账,账簿
period = period,poper,monat = 期间,会计期间
year = year,gjahr,yr,fiscal year = 年,年度
month = month,mth,mon = 月,月份
material* = material,mat,matnr = 物料,材料,原料
product* = product,prod,prd,goods = 产品,商品,货品,成品
item* = item,itm,article,sku,artikel,inv = 货物,存货,品项
part* = part,component,idnrk,comp = 零件,部件,组件,子件
barcode = barcode,ean,gtin,upc,ean11 = 条码,条形码
specification = specification,spec,model spec,dimension spec,std = 规格,规格型号,型号规格
model = model,mdl = 型号,机型
drawing* = drawing,drawing number,zeinr = 图号,图纸
brand = brand,make = 品牌,牌子
colour = colour,color = 颜色,色
size = size,dimensions,groes = 尺寸,大小
weight = weight,wgt,wt,gewicht = 重量,重
net weight+ = net weight,ntgew = 净重
gross weight+ = gross weight = 毛重
volume = volume,vol,volum = 体积,容积
length = length,len,laeng = 长度,长
width = width,breit = 宽度,宽
height = height,hoehe = 高度,高
unit = unit,uom,meins,unit of measure,measure,msehi,vrkme,quantity unit,base unit,order unit = 单位,计量单位,基本单位,主单位
second = second,secondary,alternative,alternate,auxiliary,aux = 辅,辅助,第二
conversion = conversion,conversion factor,umrez = 换算,换算率,换算系数
quantity = quantity,qty,qnty,menge,kwmeng,count,pieces,pcs = 数量,件数,个数,数
package = package,pack,packing,packaging,carton,box = 包装,箱,箱数
batch* = batch,lot,charg,batch number,lot number = 批次,批号
serial* = serial,sernr,serial number = 序列号,出厂编号
stock = stock,inventory,on hand,labst = 库存,存量,现存量
safety stock+ = safety stock,eisbe = 安全库存
shelf life = shelf life,storage life,mhdhb = 保质期,有效期
minimum = minimum,min,lowest = 最小,最低
maximum = maximum,max,highest = 最大,最高
material group+ = material group,matkl,item group,product group,material class,product category = 物料组,物料分类,物料类别,产品类别,存货分类
work order* = work order,wo,aufnr,production order,mo,manufacturing order = 工单,生产订单,制造单,任务单,加工单
operation* = operation,oper,vornr,process,op = 工序,工艺,作业
work center* = work center,work centre,arbpl,wkctr = 工作中心,产线,生产线
machine* = machine,equipment,equnr,eqp,device = 设备,机器,机台
shift = shift,shft = 班次,班组
scrap = scrap,reject,ausss,defect = 废品,报废,不良
good = good,yield,accepted,lmnga = 合格,良品,合格数
bom* = bom,bill of material,stlnr = 物料清单,配方
route* = route,routing,plnnr = 工艺路线
plan = plan,planned,schedule,scheduled,plnd = 计划,排程
latest = latest,newest,last,most recent = 最新,最近
actual = actual,act,real = 实际
task* = task,job,activity = 任务
carrier* = carrier,shipper,forwarder,ship via,freight forwarder = 承运商,物流公司,快递公司
tracking = tracking,waybill,tracking number = 运单号,快递单号,物流单号
vehicle = vehicle,truck,plate = 车辆,车牌,车号
incoterms = incoterms,inco1,incoterm,delivery terms,incoterms classification = 贸易条款,贸易术语
incoterms place = incoterms place,inco2,incoterms location = 贸易地点
port = port = 港口
customs = customs,hs code,commodity code,tariff = 海关,报关,商品编码
origin = origin,country of origin,herkl = 原产地,产地
internal = internal,our = 内部,我方
external = external,your,their = 外部,对方
priority = priority,prio,urgency = 优先级,紧急程度
reason = reason,cause = 原因,事由
result = result,outcome = 结果
flag = flag,indicator,ind,is,has = 标志,标识位,是否
active = active,enabled,valid = 启用,有效
managed = managed,management,controlled = 管理
deleted = deleted,deletion,loekz,cancelled,canceled = 删除,作废,取消
blocked = blocked,locked,sperr = 冻结,锁定
attachment = attachment,file,enclosure = 附件,文件
image = image,picture,photo,thumbnail,avatar = 图片,照片,图像
link = link,href = 链接
level = level,grade,rank,stufe = 等级,级别,层级
parent = parent,superior,upper = 上级,父级,父
property = property,attribute,characteristic,feature,atnam = 属性,特性,参数
parameter = parameter,param = 形参
data = data = 数据
string value = value string,string value = 值
list = list,table,set = 列表,清单
source = source,src,origin system = 来源
target = target,destination,dest = 目标,去向
system = system,sys = 系统
channel = channel,vtweg = 渠道,分销渠道
division = division,spart = 产品组,事业部
coupon = coupon,voucher,promo,promotion = 优惠券,促销
gift = gift,free = 赠品,赠送
lead time = lead time,plifz = 提前期,交货周期
age = age = 年龄
education = education,degree = 学历,学位
identity card = identity card,id card,national id = 身份证,身份证号
entry date = hire date,entry date,joined,onboard = 入职日期,入职
leave date = leave date,termination,resigned = 离职日期,离职
salary = salary,wage,pay rate = 工资,薪资,薪酬
hour = hour,hours,hrs,hr = 小时,工时
minute = minute,minutes = 分钟
test = test,testing,inspection,qc,check = 检验,测试,质检,检查
quality = quality,qm = 质量,品质
assembly = assembly,assy = 装配,总成
definition = definition,def,master = 定义,主数据
opportunity* = opportunity,lead,deal = 商机,机会,线索
campaign* = campaign = 活动,市场活动
service* = service,svc = 服务
warranty = warranty,guarantee = 保修,质保
token = token = 令牌
position* = job position,planstelle = 岗位
signature = signature,sign = 签字,签名
`

/** Words that say nothing of what a field holds. */
export const emptyWords = new Set(
  'the of a an to in and or for with tp utc field col column display enum dto vo my 的 之 及 和'.split(' '),
)

/** How alike two concepts are that are not the same; 0 where nothing is said. */
export const kinships = `
number id 0.8
number code 0.8
id code 0.75
id name 0.3
name description 0.6
number name 0.25
name short name 0.7
description remark 0.5
description specification 0.5
date time 0.85
material product 0.8
material item 0.8
product item 0.85
material part 0.75
item part 0.7
amount price 0.5
amount total 0.5
amount subtotal 0.55
total subtotal 0.5
total gross 0.45
gross net 0.1
price unit price 0.9
amount gross 0.4
amount net 0.4
amount string value 0.6
unit price price unit 0.4
rate exchange rate 0.5
phone mobile 0.7
contact partner 0.5
contact customer 0.3
company customer 0.5
purchase buyer 0.6
line item 0.6
line subtotal 0.5
amount unit price 0.4
customer partner 0.7
supplier partner 0.6
customer buyer 0.8
warehouse storage location 0.6
location storage location 0.5
plant warehouse 0.4
street address 0.75
region district 0.4
location region 0.3
issue created 0.5
issue posted 0.8
issue order 0.4
iban bank 0.4
iban account 0.5
specification size 0.3
price rate 0.45
issue date 0.3
user employee 0.5
salesperson employee 0.75
user name 0.2
freight ship 0.5
ship delivery 0.6
carrier ship 0.5
carrier supplier 0.2
fee freight 0.4
cost amount 0.4
cost price 0.5
account cost center 0.5
company name 0.2
company organization 0.6
incoterms incoterms place 0.4
start date 0.2
published created 0.4
approved date 0.2
due payment 0.4
due amount 0.2
paid payment 0.5
payment terms payment 0.5
property line 0.2
unit quantity 0.25
machine location 0.2
coupon discount 0.4
bill to customer 0.5
bill to invoice 0.5
status result 0.3
type group 0.4
test quality 0.6
parameter property 0.8
flag status 0.2
`
