# Errors that do not rest on normal data.
source("../write_sam.R")
data <- read_data("political_democracy.csv")
fit <- sam(read_model(), data = data, se = "twostep.robust")
write_sam(fit)
