//! Which charts take part, and what values each of them gets. Helm, "Subcharts and Global Values",
//! "Tags and Condition Fields in Dependencies", "Importing Child Values via dependencies".

use std::rc::Rc;

use super::chart::{Chart, Loading};
use super::cost::Cost;
use super::read::Table;
use super::syntax::Stop;
use super::value::{DEEP, Dict, Kind, Val};

/// A chart in its place: an alias gives one chart several.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) chart: Rc<Chart>,
    pub(crate) name: String,
    pub(crate) values: Table,
    pub(crate) children: Vec<Instance>,
}

fn table(value: Option<&Val>) -> Option<Table> {
    match value {
        Some(Val { kind: Kind::Dict(dict), .. }) => Some(dict.entries().into_iter().collect()),
        _ => None,
    }
}

/// Puts below a table what another one has; what is in the table wins. Unless this is a merge, a
/// null takes away what it stands on.
pub(crate) fn coalesce(
    into: &mut Table,
    from: &Table,
    merge: bool,
    cost: &Cost,
    depth: u32,
) -> Result<(), Stop> {
    cost.step(1 + from.len())?;
    if depth > DEEP {
        return Err("values are nested too deep".into());
    }
    for (key, value) in from {
        let Some(known) = into.get(key) else {
            into.insert(key.clone(), value.clone());
            continue;
        };
        if known.is_nil() && !merge && !value.is_nil() {
            into.remove(key);
        } else if let (Some(mut inner), Some(other)) = (table(Some(known)), table(Some(value))) {
            coalesce(&mut inner, &other, merge, cost, depth + 1)?;
            into.insert(key.clone(), Val::dict(inner));
        }
    }
    Ok(())
}

/// All values of a chart and, below their names, of the charts in it.
pub(crate) fn combined(
    instance: &Instance,
    mut given: Table,
    merge: bool,
    cost: &Cost,
) -> Result<Table, Stop> {
    let is_child = |key: &str| instance.children.iter().any(|child| child.name == key);
    for (key, value) in &instance.values {
        cost.step(1)?;
        match given.get(key) {
            None => {
                given.insert(key.clone(), value.clone());
            }
            Some(known) if known.is_nil() && !merge => {
                given.remove(key);
            }
            Some(known) => {
                if let (Some(mut inner), Some(other)) = (table(Some(known)), table(Some(value))) {
                    coalesce(&mut inner, &other, merge || is_child(key), cost, 0)?;
                    given.insert(key.clone(), Val::dict(inner));
                }
            }
        }
    }
    for child in &instance.children {
        let mut scope = table(given.get(child.name.as_str())).unwrap_or_default();
        globals(&mut scope, &given, cost)?;
        let scope = combined(child, scope, merge, cost)?;
        given.insert(child.name.as_str().into(), Val::dict(scope));
    }
    Ok(given)
}

/// Hands the global values of a chart down to one in it; those from above win.
fn globals(into: &mut Table, from: &Table, cost: &Cost) -> Result<(), Stop> {
    let Some(mut above) = table(from.get("global")).or(Some(Table::new())) else { return Ok(()) };
    match into.get("global") {
        None => {}
        known => match table(known) {
            Some(own) => coalesce(&mut above, &own, true, cost, 0)?,
            None => return Ok(()),
        },
    }
    into.insert("global".into(), Val::dict(above));
    Ok(())
}

/// The value at the end of a dotted path.
fn at(values: &Table, path: &str) -> Option<Val> {
    let mut parts = path.split('.');
    let mut value = values.get(parts.next()?).cloned()?;
    for part in parts {
        value = value.as_dict()?.get(part)?;
    }
    Some(value)
}

/// Puts a chart and the charts in it in their places, without those that are switched off.
pub(crate) fn instance(
    loading: &mut Loading<'_>,
    chart: &Chart,
    name: String,
    given: &Table,
    tags: Option<&Table>,
    cost: &Cost,
) -> Result<Instance, Stop> {
    let mut all: Vec<Instance> = Vec::new();
    let place = |chart: &Chart, name: String| Instance {
        chart: Rc::new(chart.clone()),
        values: chart.values.clone(),
        name,
        children: Vec::new(),
    };
    for part in &chart.charts {
        if !chart.wants.iter().any(|wanted| wanted.is(part)) {
            all.push(place(part, part.name.clone()));
        }
    }
    let mut absent = Vec::new();
    for wanted in &chart.wants {
        match chart.charts.iter().find(|part| wanted.is(part)) {
            Some(part) => all.push(place(part, wanted.called().to_owned())),
            None => absent.push(wanted),
        }
    }
    let mut this = Instance { children: all, ..place(chart, name) };
    let values = combined(&this, given.clone(), false, cost)?;
    let own_tags = table(values.get("tags"));
    let tags = tags.or(own_tags.as_ref());
    let enabled = |called: &str| {
        let Some(wanted) = chart.wants.iter().find(|wanted| wanted.called() == called) else {
            return true;
        };
        for condition in wanted.condition.trim().split(',') {
            if let Some(Val { kind: Kind::Bool(truth), .. }) = at(&values, condition.trim()) {
                return truth;
            }
        }
        let states: Vec<bool> = wanted
            .tags
            .iter()
            .filter_map(|tag| match tags?.get(tag.as_str()).map(|value| &value.kind) {
                Some(Kind::Bool(truth)) => Some(*truth),
                _ => None,
            })
            .collect();
        states.is_empty() || states.contains(&true)
    };
    for wanted in absent {
        if enabled(wanted.called()) {
            loading.missing(chart, wanted);
        }
    }
    let parts = std::mem::take(&mut this.children);
    for part in parts.into_iter().filter(|part| enabled(&part.name)) {
        let scope = table(values.get(part.name.as_str())).unwrap_or_default();
        this.children.push(instance(loading, &part.chart, part.name, &scope, tags, cost)?);
    }
    imports(&mut this, cost)?;
    Ok(this)
}

/// Takes over values of the charts in this one, below its own.
fn imports(this: &mut Instance, cost: &Cost) -> Result<(), Stop> {
    if this.chart.wants.iter().all(|wanted| wanted.imports.is_empty()) {
        return Ok(());
    }
    let all = combined(this, Table::new(), true, cost)?;
    let mut imported = Table::new();
    for wanted in &this.chart.wants {
        if !this.children.iter().any(|child| child.name == wanted.called()) {
            continue;
        }
        for (child, parent) in &wanted.imports {
            let path = format!("{}.{child}", wanted.called());
            let Some(mut found) = table(at(&all, &path).as_ref()) else { continue };
            if parent != "." {
                for part in parent.rsplit('.').take(DEEP as usize) {
                    found = Table::from([(Rc::from(part), Val::dict(found))]);
                }
            }
            coalesce(&mut imported, &found, true, cost, 0)?;
        }
    }
    let mut values = all;
    coalesce(&mut values, &imported, true, cost, 0)?;
    this.values = values;
    Ok(())
}

/// A copy in which nothing is shared with other charts, since templates change values in place.
pub(crate) fn unshared(value: &Val, cost: &Cost, depth: u32) -> Result<Val, Stop> {
    cost.step(1)?;
    if depth > DEEP {
        return Err("values are nested too deep".into());
    }
    let kind = match &value.kind {
        Kind::Dict(dict) => {
            let mut copy = Table::new();
            for (key, value) in dict.entries() {
                copy.insert(key, unshared(&value, cost, depth + 1)?);
            }
            Kind::Dict(Dict::new(copy))
        }
        Kind::List(items) => {
            let items: Result<Vec<Val>, Stop> =
                items.items().iter().map(|item| unshared(item, cost, depth + 1)).collect();
            return Ok(Val::list(items?));
        }
        kind => kind.clone(),
    };
    Ok(Val { kind, from: value.from.clone() })
}
