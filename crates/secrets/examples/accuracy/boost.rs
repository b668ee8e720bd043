//! Gradient-boosted trees for two classes: histograms, Newton steps, best leaf first.
//!
//! J. Friedman, "Greedy Function Approximation", 2001; T. Chen, C. Guestrin, "XGBoost", 2016, for
//! the gain and the weight of a leaf.

/// How a model is grown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) trees: usize,
    pub(crate) leaves: usize,
    /// Most splits between the root and a leaf: what a walk costs.
    pub(crate) depth: usize,
    pub(crate) rate: f64,
    /// Pulls the weight of a leaf to 0.
    pub(crate) lambda: f64,
    /// Least sum of second derivatives on either side of a split.
    pub(crate) least: f64,
    /// Shares of features and of examples that a tree sees.
    pub(crate) features: f64,
    pub(crate) examples: f64,
    pub(crate) seed: u64,
}

/// Examples by feature, each value as the number of its bin.
#[derive(Debug)]
pub(crate) struct Table {
    /// Upper ends of the bins of each feature; a value belongs to the first bin whose end it does
    /// not pass.
    pub(crate) cuts: Vec<Vec<f32>>,
    columns: Vec<Vec<u8>>,
    labels: Vec<f64>,
    weights: Vec<f64>,
}

const BINS: usize = 64;

impl Table {
    pub(crate) fn new(rows: &[&[f32]], labels: &[bool], weights: &[f64]) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let mut cuts = Vec::new();
        let mut columns = Vec::new();
        for feature in 0..width {
            let mut values: Vec<f32> = rows.iter().map(|row| row[feature]).collect();
            values.sort_by(f32::total_cmp);
            let mut distinct = values.clone();
            distinct.dedup();
            let ends: Vec<f32> = if distinct.len() <= BINS {
                distinct.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect()
            } else {
                let mut ends: Vec<f32> =
                    (1..BINS).map(|bin| values[bin * values.len() / BINS]).collect();
                ends.dedup();
                ends
            };
            let bin = |value: f32| ends.partition_point(|end| *end < value) as u8;
            columns.push(rows.iter().map(|row| bin(row[feature])).collect());
            cuts.push(ends);
        }
        let labels = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
        Self { cuts, columns, labels, weights: weights.to_vec() }
    }
}

/// A split, or a leaf where `feature` is `None`; the children are `left` and `left + 1`.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) feature: Option<usize>,
    /// Values above go right.
    pub(crate) threshold: f32,
    pub(crate) left: usize,
    /// What the tree would answer if it ended here.
    pub(crate) value: f64,
}

pub(crate) type Tree = Vec<Node>;

#[derive(Debug)]
pub(crate) struct Forest {
    pub(crate) bias: f64,
    pub(crate) trees: Vec<Tree>,
}

/// Xorshift64*: the same model from the same examples on every machine.
struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Gradient and second derivative of a set of examples.
#[derive(Clone, Copy, Default)]
struct Sums {
    gradient: f64,
    curve: f64,
}

struct Leaf {
    node: usize,
    depth: usize,
    examples: Vec<u32>,
    sums: Sums,
    split: Option<(f64, usize, u8)>,
}

impl Forest {
    pub(crate) fn grow(table: &Table, settings: &Settings) -> Self {
        let total: f64 = table.weights.iter().sum();
        let positive: f64 = table.labels.iter().zip(&table.weights).map(|(l, w)| l * w).sum();
        let bias = (positive.max(1.0) / (total - positive).max(1.0)).ln();
        let mut scores = vec![bias; table.labels.len()];
        let mut random = Random(settings.seed);
        let mut trees = Vec::new();
        for _ in 0..settings.trees {
            let sums: Vec<Sums> = (0..scores.len())
                .map(|n| {
                    let chance = 1.0 / (1.0 + (-scores[n]).exp());
                    let weight = table.weights[n];
                    Sums {
                        gradient: weight * (chance - table.labels[n]),
                        curve: weight * (chance * (1.0 - chance)).max(1e-6),
                    }
                })
                .collect();
            let examples =
                (0..scores.len() as u32).filter(|_| random.share() < settings.examples).collect();
            let features: Vec<usize> =
                (0..table.columns.len()).filter(|_| random.share() < settings.features).collect();
            let tree = tree(table, settings, &sums, examples, &features);
            for (n, score) in scores.iter_mut().enumerate() {
                *score += answer(table, &tree, n);
            }
            trees.push(tree);
        }
        Self { bias, trees }
    }
}

fn answer(table: &Table, tree: &Tree, example: usize) -> f64 {
    let mut node = &tree[0];
    while let Some(feature) = node.feature {
        let bin = usize::from(table.columns[feature][example]);
        let right =
            table.cuts[feature].get(bin.wrapping_sub(1)).is_some_and(|end| *end >= node.threshold);
        node = &tree[node.left + usize::from(right)];
    }
    node.value
}

fn tree(
    table: &Table,
    settings: &Settings,
    sums: &[Sums],
    examples: Vec<u32>,
    features: &[usize],
) -> Tree {
    let weight = |s: Sums| -settings.rate * s.gradient / (s.curve + settings.lambda);
    let leaf = |node: usize, depth: usize, examples: Vec<u32>| {
        let total = examples.iter().fold(Sums::default(), |mut total, n| {
            total.gradient += sums[*n as usize].gradient;
            total.curve += sums[*n as usize].curve;
            total
        });
        let split = (depth < settings.depth)
            .then(|| best_split(table, settings, sums, &examples, features, total))
            .flatten();
        Leaf { node, depth, examples, sums: total, split }
    };
    let root = leaf(0, 0, examples);
    let mut nodes = vec![Node { feature: None, threshold: 0.0, left: 0, value: weight(root.sums) }];
    let mut leaves = vec![root];
    while leaves.len() < settings.leaves {
        let gain = |leaf: &Leaf| leaf.split.map_or(0.0, |(gain, _, _)| gain);
        let best = (0..leaves.len()).max_by(|a, b| gain(&leaves[*a]).total_cmp(&gain(&leaves[*b])));
        let Some(best) = best.filter(|best| gain(&leaves[*best]) > 1e-9) else { break };
        let parent = leaves.swap_remove(best);
        let Some((_, feature, bin)) = parent.split else { break };
        let column = &table.columns[feature];
        let (left, right) =
            parent.examples.iter().partition::<Vec<u32>, _>(|n| column[**n as usize] <= bin);
        let at = nodes.len();
        nodes[parent.node].feature = Some(feature);
        nodes[parent.node].threshold = table.cuts[feature][usize::from(bin)];
        nodes[parent.node].left = at;
        for (offset, examples) in [left, right].into_iter().enumerate() {
            let child = leaf(at + offset, parent.depth + 1, examples);
            nodes.push(Node { feature: None, threshold: 0.0, left: 0, value: weight(child.sums) });
            leaves.push(child);
        }
    }
    nodes
}

/// Gain, feature and last bin of the left side.
fn best_split(
    table: &Table,
    settings: &Settings,
    sums: &[Sums],
    examples: &[u32],
    features: &[usize],
    total: Sums,
) -> Option<(f64, usize, u8)> {
    if total.curve < 2.0 * settings.least {
        return None;
    }
    let worth = |s: Sums| s.gradient * s.gradient / (s.curve + settings.lambda);
    let mut best: Option<(f64, usize, u8)> = None;
    for &feature in features {
        let mut bins = [Sums::default(); BINS];
        let column = &table.columns[feature];
        for n in examples {
            let bin = &mut bins[usize::from(column[*n as usize])];
            bin.gradient += sums[*n as usize].gradient;
            bin.curve += sums[*n as usize].curve;
        }
        let mut left = Sums::default();
        for (bin, sum) in bins.iter().enumerate().take(table.cuts[feature].len()) {
            left.gradient += sum.gradient;
            left.curve += sum.curve;
            let right =
                Sums { gradient: total.gradient - left.gradient, curve: total.curve - left.curve };
            if left.curve < settings.least || right.curve < settings.least {
                continue;
            }
            let gain = worth(left) + worth(right) - worth(total);
            if best.is_none_or(|(most, _, _)| gain > most) {
                best = Some((gain, feature, bin as u8));
            }
        }
    }
    best
}
