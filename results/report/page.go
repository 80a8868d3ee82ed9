package report

import (
	"github.com/threadmill-sim/threadmill/results"
	"github.com/threadmill-sim/threadmill/results/plot"
)

// page is the HTML of the report.
func page(c *results.Comparison, figures []*plot.Figure) ([]byte, error) {
	return nil, nil
}
