# Errors from the structural part.
source("../write_sam.R")
data <- read_data("political_democracy.csv")
fit <- sam(read_model(), data = data, se = "local")
write_sam(fit)
