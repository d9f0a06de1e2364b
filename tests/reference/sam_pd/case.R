# Joined blocks: residual covariances between the items of two factors.
source("../write_sam.R")
data <- read_data("political_democracy.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
