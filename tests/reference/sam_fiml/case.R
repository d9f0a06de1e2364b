# Missing answers: saturated moments of the items by maximum likelihood.
source("../write_sam.R")
data <- read_data("chain_missing.csv")
fit <- sam(read_model(), data = data, missing = "ml")
write_sam(fit)
