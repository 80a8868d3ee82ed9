package results

// Mean is the mean that a metric wants over mixes.
type Mean string

// The means. A rate over equal work is averaged harmonically, a time
// arithmetically, a ratio to a baseline geometrically (Smith, CACM 1988;
// Eyerman and Eeckhout, IEEE Micro 2008, for STP and ANTT). Harmonic speedup is
// 1/ANTT and averaged as such. Shares are averaged arithmetically, so that they
// still sum to 1, and so are counts per instruction, since each mix counts with
// as many.
const (
	Arithmetic Mean = "arithmetic"
	Harmonic   Mean = "harmonic"
	Geometric  Mean = "geometric"
)

// Metric is a number that runs are compared by.
type Metric struct {
	Key, Title string // as in CSV, as on an axis
	Unit       string // empty: a plain ratio
	Doc        string
	Mean       Mean // over mixes
	Lower      bool // lower is better
	Decimals   int
	Of         func(*Record) Number
	Solo       bool // it compares with the programs alone
}

// MetricTable lists the metrics in the order of tables.
var MetricTable = metricTable()

func metricTable() []Metric {
	list := []Metric{
		{"ipc", "IPC", "instructions/cycle", "instructions of all threads per cycle", Harmonic, false, 3, func(r *Record) Number { return r.IPC }, false},
		{"stp", "STP", "", "system throughput: Σ of each program's progress relative to running alone", Harmonic, false, 3, metric(func(m *Metrics) Number { return m.STP }), true},
		{"antt", "ANTT", "", "average normalized turnaround time", Arithmetic, true, 3, metric(func(m *Metrics) Number { return m.ANTT }), true},
		{"harmonic", "harmonic speedup", "", "harmonic mean of the programs' progress relative to running alone", Harmonic, false, 3, metric(func(m *Metrics) Number { return m.Harmonic }), true},
		{"fairness", "fairness", "", "least over greatest relative progress; 1 is fair", Arithmetic, false, 3, metric(func(m *Metrics) Number { return m.Fairness }), true},
		{"jain", "Jain index", "", "(Σ progress)² / (n Σ progress²); 1 is fair", Arithmetic, false, 3, metric(func(m *Metrics) Number { return m.Jain }), true},
		{"speedup", "speedup", "", "over running the programs one after another, each alone", Geometric, false, 3, metric(func(m *Metrics) Number { return m.Speedup }), true},
		{"utilization", "utilization", "share of slots", "issue slots whose instruction committed, of width × cycles", Arithmetic, false, 3, func(r *Record) Number { return r.Utilization }, false},
	}
	for i := range IssueShares {
		if s := &IssueShares[i]; s.Key != "retired" {
			list = append(list, Metric{"slots_" + s.Key, s.Label, "share of slots", s.Doc, Arithmetic, true, 3, s.Of, false})
		}
	}
	for i := range Structures {
		s := &Structures[i]
		list = append(list, Metric{s.Key + "_mpki", s.Label + " MPKI", "misses/1000 instructions", s.Doc, Arithmetic, true, 2, s.MPKI, false})
	}
	return append(list, Metric{"mlp", "MLP", "misses", "demand reads of memory under way in the cycles that have one (Chou et al., ISCA 2004), mean over the threads", Arithmetic, false, 2, meanMLP, false})
}

// MetricOf finds a metric by key.
func MetricOf(key string) (*Metric, bool) {
	for i := range MetricTable {
		if MetricTable[i].Key == key {
			return &MetricTable[i], true
		}
	}
	return nil, false
}

// meanMLP is the mean of the threads' memory-level parallelism, over those that
// have one.
func meanMLP(r *Record) Number {
	var sum Number
	n := 0
	for i := range max(len(r.Threads), len(r.Programs)) {
		if v := MLP(r, i); v.Defined() {
			sum += v
			n++
		}
	}
	if n == 0 {
		return Undefined
	}
	return sum / Number(n)
}
