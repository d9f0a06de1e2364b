# An interaction with missing answers.
source("../write_sam.R")
align_products()
data <- read_data("chain_missing.csv")
fit <- sam(read_model(), data = data, missing = "ml")
write_sam(fit)
